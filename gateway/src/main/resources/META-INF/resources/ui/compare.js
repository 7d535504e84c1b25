// Quality over sparsity for chosen jobs: each method of each model is a line, each checkpoint a point.

import { get, jobPath } from './api.js';
import { Chart } from './charts.js';
import { h, put } from './dom.js';
import { extras, methodName, modelName, percent, targets, tickNumber, tickPercent } from './format.js';
import { empty, loading } from './notice.js';
import { perplexity } from './quality.js';
import { address, keep, title } from './router.js';
import { saveButtons } from './save.js';
import { measure, targetName } from './sweep.js';

const MOST_JOBS = 12;
const OFFERED = 100;

export async function showCompare(outlet, { query }, signal) {
  title('Compare');
  put(outlet, h('h1', null, 'Compare'), loading('jobs', 4));
  const page = new Comparison(query, signal);
  await page.load();
  put(outlet, h('div', { class: 'page-head' }, h('h1', null, 'Compare')), page.element);
}

class Comparison {
  element = h('div', { class: 'compare' });
  #query;
  #signal;
  #ids;
  #jobs = new Map();
  #offered = [];
  #suite = null;
  #chart;
  #picker = h('div', { class: 'picker' });
  #suites = h('div');
  #table = h('div', { class: 'noted' });
  #hint = h('div');

  constructor(query, signal) {
    this.#query = query;
    this.#signal = signal;
    this.#ids = new Set((query.get('jobs') ?? '').split(',').filter(Boolean).slice(0, MOST_JOBS));
    this.#suite = query.get('suite');
    this.#chart = new Chart('Quality over sparsity', {
      height: 340, x: { label: 'Sparsity', format: tickPercent }, y: { log: true, format: tickNumber },
    }, signal);
    this.element.append(
      h('aside', { class: 'panel', 'aria-labelledby': 'pick-title' }, h('h2', { id: 'pick-title' }, 'Jobs'), this.#picker),
      h('div', { class: 'stack' }, this.#suites, this.#chart.element, this.#hint, this.#table));
  }

  async load() {
    const page = await get(`/v1/jobs?state=SUCCEEDED,DEGRADED&pageSize=${OFFERED}`, this.#signal);
    this.#offered = page.items;
    await Promise.all([...this.#ids].map((id) => this.#fetch(id)));
    this.#show();
  }

  /** A job that is gone is left out. */
  async #fetch(id) {
    try {
      this.#jobs.set(id, await get(jobPath(id), this.#signal));
    } catch (error) {
      if (error.status !== 404) {
        throw error;
      }
      this.#ids.delete(id);
    }
  }

  async #toggle(id, on) {
    this.#ids[on ? 'add' : 'delete'](id);
    if (on && !this.#jobs.has(id)) {
      await this.#fetch(id);
    }
    this.#keep();
    this.#show();
  }

  #keep() {
    this.#ids.size > 0 ? this.#query.set('jobs', [...this.#ids].join(',')) : this.#query.delete('jobs');
    this.#suite ? this.#query.set('suite', this.#suite) : this.#query.delete('suite');
    keep('compare', this.#query);
  }

  #show() {
    const jobs = [...this.#ids].map((id) => this.#jobs.get(id)).filter((job) => job?.result);
    const points = jobs.flatMap(pointsOf);
    const suites = [...new Set(points.flatMap((point) => Object.keys(point.metrics)))];
    this.#suite = suites.includes(this.#suite) ? this.#suite : suites[0] ?? null;
    put(this.#suites, suites.length > 0 && this.#suitePicker(suites));
    this.#showPicker();
    this.#showChart(points);
    put(this.#table, points.length > 0 && table(points, suites));
  }

  #showPicker() {
    if (this.#picker.childElementCount > 0) {
      this.#picker.querySelectorAll('input').forEach((box) => (box.disabled = !box.checked && this.#ids.size >= MOST_JOBS));
      return;
    }
    const others = [...this.#jobs.values()].filter((job) => !this.#offered.some(({ id }) => id === job.id));
    const all = [...others.map((job) => ({ ...job, model: job.request.model, method: job.request.method })), ...this.#offered];
    put(this.#picker, all.length > 0
      ? h('ul', null, all.map((job) => h('li', null, h('label', null,
        h('input', { type: 'checkbox', checked: this.#ids.has(job.id), onchange: (e) => this.#toggle(job.id, e.target.checked) }),
        h('span', null, modelName(job.model.uri), h('span', { class: 'muted' }, ` ${[`${methodName(job.method)} ${targets(job.method)}`, ...extras(job.method)].join(', ')}`),
          h('span', { class: 'id' }, job.id))))))
      : h('p', { class: 'muted' }, 'No job has succeeded yet.'));
  }

  #suitePicker(suites) {
    return h('fieldset', { class: 'segments' }, h('legend', null, 'Suite'), suites.map((suite) => h('label', null,
      h('input', { type: 'radio', name: 'suite', checked: suite === this.#suite, onchange: () => {
        this.#suite = suite;
        this.#keep();
        this.#show();
      } }),
      h('span', null, suite))));
  }

  #showChart(points) {
    const series = lines(points, this.#suite);
    this.#chart.element.hidden = series.length === 0;
    put(this.#hint, series.length === 0 && empty('Nothing to draw yet',
      this.#ids.size === 0 ? 'Choose jobs that have ended well; those of a sweep bring a point for each checkpoint.' : 'These jobs measured no quality.'));
    if (series.length > 0) {
      this.#chart.element.firstElementChild.textContent = `${axisName(points, this.#suite)} of ${this.#suite} over sparsity`;
      this.#chart.update(series);
    }
  }
}

/** The checkpoints of a job: `{job, line, name, sparsity, metrics, dense}`. */
function pointsOf(job) {
  const { method, model } = job.request;
  const line = [modelName(model.uri), methodName(method), ...extras(method)].join(', ');
  const { candidates, dense, pruned, sparsity } = job.result;
  const own = { target: targets(method), sparsity, pruned };
  return (candidates ?? [own]).map((point) => ({
    job: job.id, line, name: targetName(point.target), isPattern: point.target.includes(':'),
    sparsity: point.sparsity, metrics: point.pruned, dense,
  }));
}

/** Patterns stand apart: at the same sparsity they cost more. The dense model begins every other line. */
function lines(points, suite) {
  const groups = new Map();
  for (const point of points.filter(({ metrics }) => score(metrics[suite]) !== undefined)) {
    const label = point.isPattern ? `${point.line}, n:m` : point.line;
    const group = groups.get(label) ?? new Map();
    groups.set(label, group);
    group.set(point.sparsity, score(point.metrics[suite]));
    const dense = score(point.dense?.[suite]);
    if (dense !== undefined && !point.isPattern) {
      group.set(0, dense);
    }
  }
  return [...groups].map(([label, group]) => ({ label, points: [...group].sort(([a], [b]) => a - b) }));
}

function score(metrics) {
  return perplexity(metrics) ?? metrics?.acc;
}

function axisName(points, suite) {
  return points.some((point) => perplexity(point.metrics[suite]) !== undefined) ? 'Perplexity' : 'Accuracy';
}

function table(points, suites) {
  return [
    h('div', { class: 'table-area' }, h('table', { class: 'table figures' },
      h('caption', { class: 'hidden-text' }, 'Checkpoints compared'),
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Checkpoint'), h('th', { scope: 'col' }, 'Target'),
        h('th', { scope: 'col', class: 'right' }, 'Sparsity'),
        suites.map((suite) => h('th', { scope: 'col', class: 'right' }, suite)))),
      h('tbody', null, points.map((point) => line(point, suites))))),
    h('p', { class: 'muted small' }, 'In brackets: the dense model.'),
    saveButtons('comparison', () => points.map(({ job, line, name, sparsity, metrics, dense }) => (
      { job, method: line, target: name, sparsity, pruned: metrics, dense }))),
  ];
}

function line(point, suites) {
  return h('tr', null,
    h('th', { scope: 'row' }, h('a', { href: address('jobs', point.job) }, point.line)),
    h('td', null, point.name),
    h('td', { class: 'right' }, percent(point.sparsity, 2)),
    suites.map((suite) => h('td', { class: 'right' }, measure(point.metrics[suite]),
      point.dense?.[suite] && h('span', { class: 'muted small' }, ` (${measure(point.dense[suite])})`))));
}
