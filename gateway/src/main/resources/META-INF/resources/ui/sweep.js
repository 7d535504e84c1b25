// A sweep's candidates: a table, and quality over sparsity.

import { Chart } from './charts.js';
import { h, put } from './dom.js';
import { number, percent, tickNumber, tickPercent } from './format.js';
import { perplexity } from './quality.js';
import { saveButtons } from './save.js';

export class Sweep {
  element = h('div', { class: 'stack' });
  #table = h('div', { class: 'noted' });
  #chart;

  constructor(signal) {
    this.#chart = new Chart('Perplexity over sparsity', {
      x: { label: 'Sparsity', format: tickPercent },
      y: { log: true, format: tickNumber },
    }, signal);
    this.element.append(this.#table, this.#chart.element);
  }

  /** @param result of a job with candidates */
  update({ candidates, curve, shared }) {
    put(this.#table, table(candidates), h('p', { class: 'muted small' }, `Computed once for all: ${shared}.`),
      saveButtons('checkpoints', () => candidates));
    const suites = [...new Set(curve.flatMap((point) => Object.keys(point.perplexity)))];
    this.#chart.element.hidden = suites.length === 0;
    const patterns = new Set(candidates.filter((c) => c.target.includes(':')).map((c) => c.name));
    const rate = (point) => !patterns.has(point.name);
    this.#chart.update([...suites.map((suite) => line(suite, suite, curve.filter(rate))),
      ...suites.map((suite) => line(`${suite}, n:m`, suite, curve.filter((point) => !rate(point))))]
      .filter(({ points }) => points.length > 0));
  }
}

function line(label, suite, curve) {
  return { label, points: curve.filter((p) => suite in p.perplexity).map((p) => [p.sparsity, p.perplexity[suite]]) };
}

/** A candidate's target as people write it. */
export function targetName(target) {
  return Number.isNaN(Number(target)) ? target : percent(Number(target), Number.isInteger(100 * target) ? 0 : 1);
}

function table(candidates) {
  const suites = [...new Set(candidates.flatMap((c) => Object.keys(c.pruned)))];
  return h('div', { class: 'table-area' }, h('table', { class: 'table figures' },
    h('caption', { class: 'hidden-text' }, 'Checkpoints of this sweep'),
    h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Checkpoint'), h('th', { scope: 'col' }, 'Target'),
      h('th', { scope: 'col', class: 'right' }, 'Sparsity'), suites.map((s) => h('th', { scope: 'col', class: 'right' }, s)))),
    h('tbody', null, candidates.map((c) => h('tr', null,
      h('th', { scope: 'row', title: c.outputUri }, c.name), h('td', null, targetName(c.target)),
      h('td', { class: 'right' }, percent(c.sparsity, 2)),
      suites.map((s) => h('td', { class: 'right' }, measure(c.pruned[s]))))))));
}

/** A suite's perplexity, or its accuracy. */
export function measure(metrics) {
  const value = perplexity(metrics);
  return value !== undefined ? number(value) : metrics?.acc !== undefined ? percent(metrics.acc) : '–';
}
