// What the page knows of one job: read once, then kept up to date by its events.

import { get, getAll, jobPath } from './api.js';
import { follow, isFinal, pages, pause } from './stream.js';
import { isTerminal } from './states.js';

const RELOAD_MILLIS = 1000;
const MOST_EVENTS = 20_000;
const REOPENINGS = 30;

/** Calls `changed` with the name of each part that did: job, layers, evaluations, events, connection. */
export class JobStore {
  job = null;
  layers = new Map();
  evaluations = new Map();
  events = [];
  /** What happened to each linear, by name, oldest first. */
  attempts = new Map();
  /** Perplexities while they were measured, by suite and variant: `[{share, value}]`. */
  curves = new Map();
  /** States that the job was in. */
  reached = new Set();
  connection = 'connecting';
  dropped = 0;
  #path;
  #signal;
  #changed;
  #reload = null;

  constructor(id, signal, changed) {
    this.#path = jobPath(id);
    this.#signal = signal;
    this.#changed = changed;
  }

  /** The first look. What happened until then is read before what is, so that nothing falls in between. */
  async open() {
    await this.#snapshot();
    this.#follow();
  }

  /** Goes on after the end, as a retry does, once the scheduler has taken it up. */
  async reopen() {
    const seen = this.#lastSeq();
    for (let i = 0; i < REOPENINGS && this.#lastSeq() === seen && !this.#signal.aborted; i++) {
      await this.#follow();
      await new Promise((resolve) => setTimeout(resolve, RELOAD_MILLIS));
    }
  }

  async #follow() {
    try {
      const last = await this.#catchUp();
      await follow(`${this.#path}/events`, last, this.#signal, {
        take: (events) => this.#take(events),
        tell: (connection) => this.#tell(connection),
      });
    } catch (error) {
      this.#tell(this.#signal.aborted ? 'ended' : 'failed');
    }
  }

  /** Events until now, then the state, until both were read; returns the number of the last event. */
  async #catchUp() {
    for (;;) {
      try {
        const last = await pages(`${this.#path}/events`, this.#lastSeq(), this.#signal, (events) => this.#note(events));
        if (!isTerminal(this.job.state)) {
          await this.#snapshot();
        }
        return last;
      } catch (error) {
        if (isFinal(error, this.#signal)) {
          throw error;
        }
        this.#tell('reconnecting');
        await pause(RELOAD_MILLIS, this.#signal);
      }
    }
  }

  /** Also those that the page dropped. */
  async allEvents() {
    const events = [];
    await pages(`${this.#path}/events`, 0, this.#signal, (some) => events.push(...some));
    return events;
  }

  #lastSeq() {
    return this.events.at(-1)?.seq ?? 0;
  }

  #tell(connection) {
    this.connection = connection;
    this.#changed('connection');
  }

  async #snapshot() {
    const [job, layers, evaluations] = await Promise.all([
      get(this.#path, this.#signal),
      getAll(`${this.#path}/layers`, this.#signal),
      get(`${this.#path}/evaluations`, this.#signal),
    ]);
    this.#setJob(job);
    layers.forEach((layer) => this.layers.set(layer.name, layer));
    evaluations.forEach((result) => this.evaluations.set(evaluationKey(result), result));
    ['layers', 'evaluations'].forEach((part) => this.#changed(part));
  }

  #setJob(job) {
    this.job = { ...job, readAt: Date.now() };
    this.#changed('job');
  }

  /** News: they are noted, and change what is shown. */
  #take(events) {
    this.#note(events);
    for (const event of events) {
      if (event.type === 'layers.changed') {
        event.data.layers.forEach((layer) => this.#setLayer(layer));
      } else if (event.type === 'evaluation.updated') {
        this.#setEvaluation(event.data.evaluation);
      } else if (event.type === 'job.changed') {
        this.job = { ...this.job, state: event.data.state, stateReason: event.data.reason };
      }
    }
    ['job', 'layers', 'evaluations'].forEach((part) => this.#changed(part));
    this.#reloadSoon();
  }

  /** For the log, the attempts and the curves. */
  #note(events) {
    for (const event of events) {
      this.events.push(event);
      if (event.type === 'job.changed') {
        this.reached.add(event.data.state);
      } else if (event.type === 'layers.changed') {
        event.data.layers.forEach((layer) => append(this.attempts, layer.name, { ...layer, at: event.at }));
      } else if (event.type === 'evaluation.updated') {
        this.#noteCurve(event.data.evaluation);
      }
    }
    this.dropped += this.events.splice(0, Math.max(0, this.events.length - MOST_EVENTS)).length;
    this.#changed('events');
  }

  #noteCurve(result) {
    const value = result.metrics.perplexity ?? result.metrics.word_perplexity;
    if (result.suite === 'perplexity' && value !== undefined && result.slices > 0) {
      append(this.curves, evaluationKey(result), { share: result.slicesDone / result.slices, value });
    }
  }

  #setLayer(layer) {
    const { report, ...state } = layer;
    this.layers.set(layer.name, { ...this.layers.get(layer.name), ...state, ...(report ? ofReport(report) : {}) });
  }

  #setEvaluation(result) {
    const done = result.slicesDone === result.slices;
    this.evaluations.set(evaluationKey(result), { ...result, state: done ? 'SUCCEEDED' : 'RUNNING' });
  }

  /** Progress, estimate and result are the gateway's own. */
  #reloadSoon() {
    this.#reload ??= setTimeout(async () => {
      this.#reload = null;
      try {
        this.#setJob(await get(this.#path, this.#signal));
      } catch {
        // The next event asks again; the stream says if the gateway is away.
      }
    }, RELOAD_MILLIS);
  }
}

/** The report's numbers, as the list of layers has them. */
function ofReport({ sparsity, relativeError, dampingUsed, tokens, millis, fallback }) {
  return { sparsity, relativeError, dampingUsed, tokens, millis, fallback: fallback || null };
}

function append(map, key, value) {
  const list = map.get(key) ?? [];
  list.push(value);
  map.set(key, list);
}

export function evaluationKey({ task, variant }) {
  return `${variant} ${task}`;
}
