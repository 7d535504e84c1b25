// How many tasks each worker finishes, counted from the stream of all jobs while it is looked at.

import { send } from './api.js';
import { SseParser } from './sse.js';
import { duration } from './format.js';

const WINDOW_MILLIS = 300_000;
const PAUSE_MILLIS = 3000;

export class Throughput {
  #finished = new Map();
  #since = Date.now();
  #lastId = null;
  #signal;

  constructor(signal) {
    this.#signal = signal;
    this.#listen();
  }

  /** Words for the time that is counted. */
  window() {
    const millis = Math.min(WINDOW_MILLIS, Date.now() - this.#since);
    return millis >= WINDOW_MILLIS ? 'in the last 5 minutes' : `since this page was opened, ${duration(Math.max(1000, millis))} ago`;
  }

  /** Tasks a minute. */
  rate(worker) {
    const now = Date.now();
    const recent = (this.#finished.get(worker) ?? []).filter((at) => at > now - WINDOW_MILLIS);
    this.#finished.set(worker, recent);
    const minutes = Math.min(WINDOW_MILLIS, Math.max(5000, now - this.#since)) / 60_000;
    return recent.length === 0 ? '0' : (recent.length / minutes).toFixed(1);
  }

  async #listen() {
    while (!this.#signal.aborted) {
      try {
        await this.#read();
      } catch {
        // Tried again below: the page itself says if the gateway is away.
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLIS));
    }
  }

  async #read() {
    const headers = { Accept: 'text/event-stream', ...(this.#lastId ? { 'Last-Event-ID': this.#lastId } : {}) };
    const response = await send('/v1/events', { headers, cache: 'no-store', signal: this.#signal });
    const parser = new SseParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parser.feed(part.value).forEach((event) => this.#take(event));
    }
  }

  #take({ id, data }) {
    this.#lastId = id;
    const { type, data: what } = JSON.parse(data);
    if (type === 'task.changed' && what.state === 'SUCCEEDED') {
      const times = this.#finished.get(what.worker) ?? [];
      times.push(Date.now());
      this.#finished.set(what.worker, times);
    }
  }
}
