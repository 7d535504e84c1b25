// The top of a job's page: what it is, how far it is, what can be done with it.

import { post, jobPath, remove } from './api.js';
import { announce, h, put, text } from './dom.js';
import { count, date, duration, extras, methodName, modelName, targets } from './format.js';
import { address, go } from './router.js';
import { badge, isTerminal, look, mark } from './states.js';

const STAGES = ['VALIDATING', 'QUEUED', 'PRUNING', 'ASSEMBLING', 'EVALUATING'];
const CONNECTIONS = {
  connecting: ['Connecting', 'idle'],
  live: ['Live', 'good'],
  reconnecting: ['Reconnecting', 'warn'],
  polling: ['Polling', 'warn'],
  ended: ['', 'idle'],
  failed: ['Not live: the stream was refused', 'bad'],
};

export class JobHead {
  element = h('div', { class: 'job-head' });
  #store;
  #title = h('h1');
  #sub = h('p', { class: 'muted' });
  #state = h('span', { class: 'job-state' });
  #connection = h('span', { class: 'connection', role: 'status' });
  #actions = h('div', { class: 'actions' });
  #trouble = h('div');
  #stages = h('ol', { class: 'stages', 'aria-label': 'Stages' });
  #bar = h('progress', { class: 'wide', max: 1, value: 0, 'aria-label': 'Layers pruned' });
  #layers = h('span');
  #time = h('span');
  #acted = '';
  #said = '';

  constructor(store) {
    this.#store = store;
    this.element.append(
      h('div', { class: 'page-head' },
        h('div', null, h('p', { class: 'crumb' }, h('a', { href: '#/jobs' }, 'Jobs'), ' / ', h('span', { class: 'id' }, '')), this.#title, this.#sub),
        h('div', { class: 'head-side' }, h('div', { class: 'head-state' }, this.#connection, this.#state), this.#actions)),
      this.#stages,
      h('div', { class: 'progress-line' }, this.#bar, h('p', { class: 'progress-words' }, this.#layers, this.#time)),
      this.#trouble);
  }

  update() {
    const { job } = this.#store;
    text(this.#title, modelName(job.request.model.uri));
    text(this.element.querySelector('.id'), job.id);
    text(this.#sub, subtitle(job));
    this.#showState(job);
    this.#showStages(job);
    this.#showActions(job);
    put(this.#trouble, trouble(job));
    this.tick();
  }

  connection() {
    const [words, tone] = CONNECTIONS[this.#store.connection];
    text(this.#connection, words);
    this.#connection.dataset.tone = tone;
    this.#connection.dataset.connection = this.#store.connection;
  }

  #showState({ state }) {
    if (this.#said !== state) {
      put(this.#state, badge(state));
      if (this.#said !== '') {
        announce(`The job is ${look(state).label.toLowerCase()}.`);
      }
      this.#said = state;
    }
  }

  /** After a bad end the stage it came to has the end's mark. */
  #showStages({ state }) {
    const { reached } = this.#store;
    const last = STAGES.findLastIndex((stage) => stage === state || reached.has(stage));
    const ended = isTerminal(state) || state === 'CANCELLING';
    const stages = STAGES.map((stage, i) => {
      const done = isGood(state) || i < last;
      return step(stage === state ? 'now' : done || i === last ? 'done' : 'open',
        i === last && !isGood(state) ? state : done ? 'SUCCEEDED' : 'PENDING', look(stage).label);
    });
    put(this.#stages, stages, step(ended ? 'now' : 'open', ended ? state : 'PENDING', ended ? look(state).label : 'Done'));
  }

  #showActions({ id, links, state }) {
    const now = JSON.stringify([links, state]);
    if (now === this.#acted) {
      return;
    }
    this.#acted = now;
    put(this.#actions,
      links.cancel && state !== 'CANCELLING' && this.#action('Cancel', () => this.#act('cancel'), 'Cancel this job? Finished layers are kept for a retry.'),
      links.retry && this.#action('Retry', () => this.#act('retry')),
      isGood(state) && h('a', { class: 'button', href: address('compare', null, new URLSearchParams({ jobs: id })) }, 'Compare'),
      h('a', { class: 'button', href: address('submit', null, new URLSearchParams({ from: id })) }, 'Use as template'),
      isTerminal(state) && this.#action('Delete', () => this.#delete(), 'Delete this job? Its output folder stays.'));
  }

  #action(label, work, question) {
    return h('button', { class: 'button', type: 'button', onclick: async (event) => {
      if (question && !confirm(question)) {
        return;
      }
      event.target.disabled = true;
      try {
        await work();
      } catch (error) {
        put(this.#trouble, h('div', { class: 'notice', 'data-tone': 'bad', role: 'alert' }, h('p', null, error.message)));
      }
      event.target.disabled = false;
    } }, label);
  }

  async #act(action) {
    await post(`${jobPath(this.#store.job.id)}:${action}`);
    announce(`Asked to ${action} the job.`);
    if (action === 'retry') {
      this.#store.reopen();
    }
  }

  async #delete() {
    await remove(jobPath(this.#store.job.id));
    go('#/jobs');
  }

  /** What changes with the clock alone. */
  tick() {
    const { job } = this.#store;
    const { layersDone, layersTotal, percent } = job.progress;
    this.#bar.max = Math.max(1, layersTotal);
    this.#bar.value = layersDone;
    text(this.#layers, `${count(layersDone)} of ${count(layersTotal)} layers pruned, ${percent.toFixed(0)} %`);
    text(this.#time, times(job));
  }
}

function step(stage, shown, words) {
  return h('li', { 'data-stage': stage, 'aria-current': stage === 'now' ? 'step' : null }, mark(shown), words);
}

function isGood(state) {
  return state === 'SUCCEEDED' || state === 'DEGRADED';
}

function subtitle({ request, createdAt }) {
  const { method } = request;
  return `${[`${methodName(method)} to ${targets(method)}`, ...extras(method)].join(', ')} · ${request.output?.format ?? 'dense'} · submitted ${date(createdAt)}`;
}

function times({ state, startedAt, finishedAt, progress, readAt }) {
  if (!startedAt) {
    return isTerminal(state) ? '' : 'not started yet';
  }
  const took = duration((finishedAt ? Date.parse(finishedAt) : Date.now()) - Date.parse(startedAt));
  if (isTerminal(state)) {
    return `took ${took}`;
  }
  const left = state === 'PRUNING' && progress.etaSeconds != null ? 1000 * progress.etaSeconds - (Date.now() - readAt) : null;
  return left === null ? `${took} so far` : `${took} so far, pruning takes about ${duration(Math.max(1000, left))} more`;
}

/** Why a job failed, or is not as good as it was asked to be. */
function trouble({ state, stateReason, error, result }) {
  if (error) {
    return notice('bad', `Failed: ${error.code}`, error.message, error.task && `Task ${error.task}`);
  }
  if (state === 'DEGRADED') {
    return notice('warn', 'Degraded', stateReason, result?.degraded?.length > 0 && `Linears with a fallback: ${result.degraded.join(', ')}`);
  }
  const waits = ['VALIDATING', 'QUEUED', 'CANCELLING', 'CANCELLED'].includes(state) && stateReason;
  return waits ? h('p', { class: 'muted' }, stateReason) : null;
}

function notice(tone, heading, words, more) {
  return h('div', { class: 'notice', 'data-tone': tone }, h('h2', null, heading), h('p', null, words), more && h('p', { class: 'muted' }, more));
}
