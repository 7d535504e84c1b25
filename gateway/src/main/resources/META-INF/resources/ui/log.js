// The log of a job's events, newest first.

import { h, inFrame, put, text } from './dom.js';
import { clock, count, number } from './format.js';
import { perplexity } from './quality.js';
import { look, mark } from './states.js';

const STEP = 100;
const MOST_NAMES = 8;
const KINDS = {
  all: ['All', () => true],
  job: ['Job', (e) => e.type.startsWith('job.')],
  tasks: ['Tasks', (e) => e.type === 'task.changed'],
  layers: ['Linears', (e) => e.type === 'layers.changed'],
  quality: ['Quality', (e) => e.type === 'evaluation.updated'],
  trouble: ['Trouble', (e) => ['FAILED', 'RETRYING', 'DEGRADED'].includes(stateOf(e))],
};

export class EventLog {
  element;
  #list = h('ol', { class: 'log' });
  #more = h('button', { class: 'button', type: 'button', onclick: () => this.#extend() }, 'Show earlier events');
  #total = h('span', { class: 'muted small' });
  #kind = 'all';
  #shown = STEP;
  #store = null;
  #render = inFrame(() => this.#draw());

  constructor() {
    this.element = h('div', { class: 'stack' },
      h('div', { class: 'grid-tools' }, this.#choices(), this.#total), this.#list, this.#more);
  }

  #choices() {
    return h('fieldset', { class: 'segments' }, h('legend', { class: 'hidden-text' }, 'Events shown'),
      Object.entries(KINDS).map(([kind, [label]]) => h('label', null,
        h('input', { type: 'radio', name: 'log-kind', checked: kind === this.#kind, onchange: () => this.#choose(kind) }),
        h('span', null, label))));
  }

  #choose(kind) {
    this.#kind = kind;
    this.#shown = STEP;
    this.#draw();
  }

  #extend() {
    this.#shown += STEP;
    this.#draw();
  }

  update(store) {
    this.#store = store;
    this.#render();
  }

  #draw() {
    const events = this.#store.events.filter(KINDS[this.#kind][1]);
    const some = events.slice(-this.#shown).reverse();
    text(this.#total, `${count(this.#store.events.length + this.#store.dropped)} events`);
    this.#more.hidden = some.length === events.length;
    this.#fill(some);
  }

  /** Entries that are there stay there. */
  #fill(events) {
    const present = new Map([...this.#list.children].map((entry) => [entry.dataset.seq, entry]));
    put(this.#list, events.length > 0
      ? events.map((event) => present.get(String(event.seq)) ?? entry(event))
      : h('li', { class: 'muted' }, 'Nothing of this kind happened.'));
  }
}

function stateOf({ type, data }) {
  switch (type) {
    case 'layers.changed': return data.layers[0]?.state;
    case 'evaluation.updated': return data.evaluation.slicesDone === data.evaluation.slices ? 'SUCCEEDED' : 'RUNNING';
    default: return data.state;
  }
}

function entry(event) {
  return h('li', { 'data-seq': event.seq },
    h('time', { datetime: event.at, title: event.at }, clock(event.at)),
    mark(stateOf(event) ?? 'PENDING'),
    h('span', { class: 'log-text' }, sentence(event)));
}

function sentence({ type, data }) {
  switch (type) {
    case 'job.changed':
      return [h('b', null, look(data.state).label), data.reason ? ` – ${data.reason}` : ''];
    case 'task.changed':
      return [h('b', null, data.task), ` ${look(data.state).label.toLowerCase()}`, where(data), data.message ? `: ${data.message}` : ''];
    case 'layers.changed':
      return linears(data.layers);
    case 'evaluation.updated':
      return measured(data.evaluation);
    default:
      return type;
  }
}

function where({ worker, attempt }) {
  return `${worker ? ` on ${worker}` : ''}${attempt > 1 ? `, attempt ${attempt}` : ''}`;
}

/** Which linears, if they are few and of one block; else how many. */
function linears(layers) {
  const state = look(layers[0]?.state).label.toLowerCase();
  const blocks = layers.map(({ block }) => block);
  const names = [...new Set(layers.map(({ name }) => name.slice(name.lastIndexOf('.') + 1)))];
  const [first, last] = [Math.min(...blocks), Math.max(...blocks)];
  return first === last && names.length <= MOST_NAMES
    ? [h('b', null, `block ${first}`), ` ${names.join(', ')} ${state}`]
    : [h('b', null, `blocks ${first} to ${last}`), ` ${count(layers.length)} linears ${state}`];
}

function measured({ task, variant, metrics, slicesDone, slices }) {
  const value = perplexity(metrics) ?? metrics.acc;
  const name = perplexity(metrics) === undefined ? 'acc' : 'perplexity';
  return [h('b', null, `${task}, ${variant}`), value === undefined ? '' : ` ${name} ${number(value)}`, ` (${slicesDone} of ${slices})`];
}
