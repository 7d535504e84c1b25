// The list of jobs: a page at a time, newest first, with filters that stand in the address.

import { get } from './api.js';
import { every, h, put, text } from './dom.js';
import { ago, date, duration, methodName, modelName, percent, targets } from './format.js';
import { empty, failure, loading } from './notice.js';
import { address, go, keep, title } from './router.js';
import { JOB_STATES, badge, isTerminal, look, mark } from './states.js';

const PAGE = 50;
const REFRESH_MILLIS = 4000;
const TYPING_MILLIS = 300;
const MOST_COMPARED = 12;

/** Shows the list that the address asks for. */
export async function showJobs(outlet, route, signal) {
  title('Jobs');
  const list = new JobList(route.query, signal);
  put(outlet,
    h('div', { class: 'page-head' }, h('h1', null, 'Jobs'), list.freshness),
    list.filters(), list.body, list.pager);
  put(list.body, loading('jobs', 8));
  await list.load();
  every(REFRESH_MILLIS, signal, () => list.refresh());
}

class JobList {
  body = h('div', { class: 'table-area', 'aria-live': 'off' });
  freshness = h('p', { class: 'muted small', role: 'status' });
  pager = h('nav', { class: 'pager', 'aria-label': 'Pages of the list' });
  #query;
  #signal;
  #rows = new Map();
  #table = null;
  #compared = new Set();
  #asked = 0;

  constructor(query, signal) {
    this.#query = query;
    this.#signal = signal;
  }

  /** Filters that the API knows: states, the model's name or URI, one label. */
  filters() {
    const model = this.#input('model', 'Model', 'name or URI', this.#query.get('model') ?? '',
      (value) => this.#change({ model: value }));
    const label = this.#input('label', 'Label', 'team=a', labelText(this.#query), (value) => this.#changeLabel(value));
    return h('form', { class: 'filters', role: 'search', 'aria-label': 'Filter jobs', onsubmit: (e) => e.preventDefault() },
      this.#states(), model, label,
      h('button', { class: 'button quiet', type: 'button', onclick: () => this.#clear() }, 'Clear'));
  }

  #states() {
    const chosen = new Set((this.#query.get('state') ?? '').split(',').filter(Boolean));
    const toggle = (state, on) => {
      chosen[on ? 'add' : 'delete'](state);
      this.#change({ state: [...chosen].join(',') }, true);
    };
    return h('fieldset', { class: 'chips' }, h('legend', { class: 'hidden-text' }, 'States'),
      JOB_STATES.map((state) =>
        h('label', { class: 'chip' },
          h('input', { type: 'checkbox', checked: chosen.has(state), onchange: (e) => toggle(state, e.target.checked) }),
          h('span', null, mark(state), look(state).label))));
  }

  #input(name, label, placeholder, value, changed) {
    let timer;
    const input = h('input', {
      id: `filter-${name}`, type: 'search', placeholder, value, autocomplete: 'off', spellcheck: 'false',
      oninput: () => {
        clearTimeout(timer);
        timer = setTimeout(() => changed(input.value.trim()), TYPING_MILLIS);
      },
    });
    return h('div', { class: 'filter' }, h('label', { for: `filter-${name}` }, label), input);
  }

  #clear() {
    for (const name of [...this.#query.keys()]) {
      this.#query.delete(name);
    }
    keep('jobs', this.#query, true);
    dispatchEvent(new HashChangeEvent('hashchange'));
  }

  #changeLabel(value) {
    for (const name of [...this.#query.keys()].filter((n) => n.startsWith('label.'))) {
      this.#query.delete(name);
    }
    const [name, ...rest] = value.split('=');
    this.#change(rest.length > 0 && name.trim() ? { [`label.${name.trim()}`]: rest.join('=').trim() } : {});
  }

  /** A filter begins on the first page again. */
  #change(values, push) {
    for (const [name, value] of Object.entries(values)) {
      value ? this.#query.set(name, value) : this.#query.delete(name);
    }
    this.#query.delete('pageToken');
    keep('jobs', this.#query, push);
    this.load().catch((error) => this.#failed(error));
  }

  async load() {
    this.#show(await this.#fetch());
  }

  async refresh() {
    try {
      await this.load();
    } catch (error) {
      if (!this.#signal.aborted) {
        text(this.freshness, `Not up to date: ${error.message}`);
      }
    }
  }

  /** Answers that come late, to an older question, are dropped. */
  async #fetch() {
    const question = ++this.#asked;
    const query = new URLSearchParams(this.#query);
    query.set('pageSize', PAGE);
    const page = await get(`/v1/jobs?${query}`, this.#signal);
    return question === this.#asked ? page : null;
  }

  #failed(error) {
    if (!this.#signal.aborted) {
      this.#table = null;
      put(this.body, failure(error, () => this.refresh()));
    }
  }

  #show(page) {
    if (page === null) {
      return;
    }
    text(this.freshness, '');
    this.#showPager(page);
    if (page.items.length === 0) {
      this.#table = null;
      put(this.body, this.#nothing());
      return;
    }
    this.#ensureTable();
    this.#showRows(page.items);
  }

  #nothing() {
    return [...this.#query.keys()].length > 0
      ? empty('No job fits', 'Take a filter away to see more.',
        h('button', { class: 'button', type: 'button', onclick: () => this.#clear() }, 'Clear filters'))
      : empty('No jobs yet', 'Give Sparsemesh a model folder, and watch its layers being pruned.',
        h('a', { class: 'button primary', href: '#/submit' }, 'New job'));
  }

  #ensureTable() {
    if (this.#table === null) {
      this.#rows.clear();
      this.#table = h('tbody');
      put(this.body, h('table', { class: 'table cards jobs' },
        h('caption', { class: 'hidden-text' }, 'Jobs, newest first'),
        h('thead', null, h('tr', null,
          h('th', { scope: 'col' }, h('span', { class: 'hidden-text' }, 'Compare')),
          ['State', 'Job', 'Method', 'Target', 'Layers', 'Labels'].map((name) => h('th', { scope: 'col' }, name)),
          ['Created', 'Took'].map((name) => h('th', { scope: 'col', class: 'right' }, name)))),
        this.#table));
    }
  }

  /** Rows are kept while their jobs stay, so that focus and selection do. */
  #showRows(items) {
    const rows = items.map((job) => {
      const row = this.#rows.get(job.id) ?? new JobLine(job.id, this.#compared, () => this.#showPager());
      this.#rows.set(job.id, row);
      row.update(job);
      return row.element;
    });
    const present = new Set(items.map((job) => job.id));
    [...this.#rows.keys()].filter((id) => !present.has(id)).forEach((id) => this.#rows.delete(id));
    rows.forEach((row, i) => {
      if (this.#table.children[i] !== row) {
        this.#table.insertBefore(row, this.#table.children[i] ?? null);
      }
    });
    while (this.#table.children.length > rows.length) {
      this.#table.lastElementChild.remove();
    }
  }

  #page = null;

  #showPager(page = this.#page) {
    this.#page = page;
    const chosen = this.#compared.size;
    put(this.pager,
      h('span', { class: 'pager-side' }, chosen > 0 && h('button', {
        class: 'button', type: 'button', disabled: chosen > MOST_COMPARED,
        onclick: () => go(address('compare', null, new URLSearchParams({ jobs: [...this.#compared].join(',') }))),
      }, chosen > MOST_COMPARED ? `At most ${MOST_COMPARED} jobs can be compared` : `Compare ${chosen} ${chosen === 1 ? 'job' : 'jobs'}`)),
      this.#query.has('pageToken') && this.#turn('Newest', null),
      page?.nextPageToken && this.#turn('Older', page.nextPageToken));
  }

  #turn(label, token) {
    return h('button', {
      class: 'button', type: 'button',
      onclick: () => {
        token ? this.#query.set('pageToken', token) : this.#query.delete('pageToken');
        keep('jobs', this.#query, true);
        scrollTo(0, 0);
        this.load().catch((error) => this.#failed(error));
      },
    }, label);
  }
}

function labelText(query) {
  const [name, value] = [...query].find(([key]) => key.startsWith('label.')) ?? [];
  return name ? `${name.slice('label.'.length)}=${value}` : '';
}

/** One job of the list. */
class JobLine {
  #cells = Object.fromEntries(
    ['compare', 'state', 'job', 'method', 'target', 'layers', 'labels', 'created', 'took'].map((n) => [n, h('td', { class: `cell-${n}` })]));
  #shown = '';

  constructor(id, compared, changed) {
    const labels = { method: 'Method', target: 'Target', layers: 'Layers', labels: 'Labels', created: 'Created', took: 'Took' };
    Object.entries(labels).forEach(([name, label]) => this.#cells[name].setAttribute('data-label', label));
    ['created', 'took'].forEach((name) => this.#cells[name].classList.add('right'));
    this.element = h('tr', { 'data-job': id }, Object.values(this.#cells));
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
