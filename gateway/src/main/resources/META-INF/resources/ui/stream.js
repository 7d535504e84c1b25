// A live stream that goes on where it was cut, and asks for pages where no stream gets through.

import { ApiError, get, send } from './api.js';
import { SseParser } from './sse.js';

/** Beyond this silence the connection is taken for dead: the gateway says something every 15 s. */
const SILENCE_MILLIS = 40_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
const FAILURES_BEFORE_POLLING = 3;

/**
 * Follows a job's events after number `from`.
 *
 * @param take gets events in their order, each once
 * @param tell gets `live`, `reconnecting`, `polling`, `ended` or `failed`
 */
export async function follow(path, from, signal, { take, tell }) {
  const position = { seq: from };
  let failures = 0;
  while (!signal.aborted) {
    try {
      const ended = await stream(path, position, signal, take, () => {
        failures = 0;
        tell('live');
      });
      if (ended) {
        tell('ended');
        return;
      }
    } catch (error) {
      if (isFinal(error, signal)) {
        tell(signal.aborted ? 'ended' : 'failed');
        return;
      }
    }
    failures++;
    tell(await poll(path, position, signal, take, failures) ? 'polling' : 'reconnecting');
    await pause(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1)), signal);
  }
}

/** Whether trying again is of no use. */
export function isFinal(error, signal) {
  return signal.aborted || (error instanceof ApiError && error.status >= 400 && error.status < 500);
}

/** Reads until the connection ends; true if the job did. */
async function stream(path, position, signal, take, opened) {
  const connection = new AbortController();
  const abort = () => connection.abort();
  signal.addEventListener('abort', abort);
  const watch = watchdog(abort);
  try {
    const response = await send(path, {
      headers: { Accept: 'text/event-stream', 'Last-Event-ID': String(position.seq) },
      cache: 'no-store',
      signal: connection.signal,
    });
    opened();
    return await read(response.body, position, take, watch);
  } finally {
    watch.stop();
    signal.removeEventListener('abort', abort);
    abort();
  }
}

async function read(body, position, take, watch) {
  const parser = new SseParser();
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return false;
    }
    watch.heard();
    const news = parser.feed(value);
    deliver(news.filter((event) => event.type === 'message').map((event) => JSON.parse(event.data)), position, take);
    if (news.some((event) => event.type === 'end')) {
      return true;
    }
  }
}

/** Passes on what was not passed on before. */
function deliver(events, position, take) {
  const fresh = events.filter((event) => event.seq > position.seq);
  if (fresh.length > 0) {
    position.seq = fresh.at(-1).seq;
    take(fresh);
  }
}

/** After some failures, events by the page; whether that worked. */
async function poll(path, position, signal, take, failures) {
  if (failures < FAILURES_BEFORE_POLLING) {
    return false;
  }
  try {
    await pages(path, position.seq, signal, (events) => deliver(events, position, take));
    return true;
  } catch {
    return false;
  }
}

/** All events after a number, page by page. Returns the number of the last. */
export async function pages(path, after, signal, take) {
  let from = after;
  for (;;) {
    const page = await get(`${path}?after=${from}&pageSize=1000`, signal);
    take(page.items);
    from = page.lastSeq;
    if (!page.more) {
      return from;
    }
  }
}

function watchdog(bark) {
  let timer;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(bark, SILENCE_MILLIS);
  };
  heard();
  return { heard, stop: () => clearTimeout(timer) };
}

/** Waits, but no longer than until the network is back or nobody wants to know. */
export function pause(millis, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, millis);
    addEventListener('online', done);
    signal.addEventListener('abort', done);
  });
}
