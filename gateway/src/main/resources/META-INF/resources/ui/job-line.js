// One row of the list of jobs.

import { h, put, text } from './dom.js';
import { ago, date, duration, methodName, modelName, percent, targets } from './format.js';
import { address } from './router.js';
import { badge, isTerminal } from './states.js';

/** A job's row; `changed` is called when `compared`, the ids of the ticked ones, did. */
export class JobLine {
  #cells = Object.fromEntries(
    ['compare', 'state', 'job', 'method', 'target', 'layers', 'labels', 'created', 'took'].map((n) => [n, h('td', { class: `cell-${n}`, role: 'cell' })]));
  #shown = '';

  constructor(id, compared, changed) {
    const labels = { method: 'Method', target: 'Target', layers: 'Layers', labels: 'Labels', created: 'Created', took: 'Took' };
    Object.entries(labels).forEach(([name, label]) => this.#cells[name].setAttribute('data-label', label));
    ['created', 'took'].forEach((name) => this.#cells[name].classList.add('right'));
    this.element = h('tr', { 'data-job': id, role: 'row' }, Object.values(this.#cells));
    this.#cells.compare.append(h('input', {
      type: 'checkbox', 'aria-label': `Compare job ${id}`, checked: compared.has(id),
      onchange: (e) => {
        compared[e.target.checked ? 'add' : 'delete'](id);
        changed();
      },
    }));
  }

  update(job) {
    this.#time(job);
    const now = JSON.stringify([job.state, job.stateReason, job.progress, job.labels]);
    if (now !== this.#shown) {
      this.#shown = now;
      this.#fill(job);
    }
  }

  #time(job) {
    text(this.#cells.created, ago(job.createdAt));
    this.#cells.created.title = date(job.createdAt);
    const end = job.finishedAt ? Date.parse(job.finishedAt) : Date.now();
    text(this.#cells.took, job.startedAt ? duration(end - Date.parse(job.startedAt)) : '–');
  }

  #fill(job) {
    put(this.#cells.state, badge(job.state));
    this.#cells.state.title = job.stateReason;
    put(this.#cells.job,
      h('a', { href: address('jobs', job.id), class: 'row-link' }, modelName(job.model.uri)),
      h('span', { class: 'id' }, job.id));
    put(this.#cells.method, methodName(job.method));
    put(this.#cells.target, targets(job.method));
    put(this.#cells.layers, layers(job));
    put(this.#cells.labels, Object.entries(job.labels ?? {}).map(([name, value]) =>
      h('span', { class: 'tag' }, `${name}=${value}`)));
  }
}

function layers({ progress, state }) {
  const { layersDone, layersTotal, percent: done, etaSeconds } = progress;
  const hint = !isTerminal(state) && etaSeconds ? `, ${duration(etaSeconds * 1000)} left` : '';
  return [
    h('progress', { max: Math.max(1, layersTotal), value: layersDone, 'aria-label': `${percent(done / 100, 0)} of the layers done${hint}` }),
    h('span', { class: 'count' }, `${layersDone}/${layersTotal}`),
  ];
}
