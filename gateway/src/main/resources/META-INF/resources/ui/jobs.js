// The list of jobs: a page at a time, newest first, with filters that stand in the address.

import { get, getAll } from './api.js';
import { every, h, put, text } from './dom.js';
import { JobFilters } from './job-filters.js';
import { JobLine } from './job-line.js';
import { empty, failure, loading } from './notice.js';
import { address, go, keep, title } from './router.js';
import { saveButtons } from './save.js';

const PAGE = 50;
const REFRESH_MILLIS = 4000;
const MOST_COMPARED = 12;

/** Shows the list that the address asks for. */
export async function showJobs(outlet, route, signal) {
  title('Jobs');
  const list = new JobList(route.query, signal);
  put(outlet,
    h('div', { class: 'page-head' }, h('h1', null, 'Jobs'), list.freshness),
    list.filters.element, list.body, list.pager, list.saving);
  put(list.body, loading('jobs', 8));
  await list.load();
  every(REFRESH_MILLIS, signal, () => list.refresh());
}

class JobList {
  body = h('div', { class: 'table-area', 'aria-live': 'off' });
  freshness = h('p', { class: 'muted small', role: 'status' });
  saving = saveButtons('jobs', () => this.#all());
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
    this.filters = new JobFilters(query, (push) => this.#filtered(push), () => this.#clear());
  }

  #clear() {
    for (const name of [...this.#query.keys()]) {
      this.#query.delete(name);
    }
    keep('jobs', this.#query, true);
    dispatchEvent(new HashChangeEvent('hashchange'));
  }

  /** A filter begins on the first page again. */
  #filtered(push) {
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
    this.saving.hidden = page.items.length === 0;
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
      this.#table = h('tbody', { role: 'rowgroup' });
      put(this.body, h('table', { class: 'table cards jobs', role: 'table' },
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

  /** Every job that fits the filters, on whatever page. */
  #all() {
    const query = new URLSearchParams(this.#query);
    query.delete('pageToken');
    const filters = query.toString();
    return getAll(filters ? `/v1/jobs?${filters}` : '/v1/jobs', this.#signal);
  }

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
