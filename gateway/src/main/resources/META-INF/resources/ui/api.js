// The gateway's API: JSON over fetch, with entity tags, a token if one is wanted, and its problems as errors.

import { askForToken, authorization } from './token.js';

const REMEMBERED = 64;
const answers = new Map();

/** What the gateway refused, or that it does not answer (`status` 0). */
export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `the gateway answered ${status}`);
    this.status = status;
    this.code = problem.code ?? '';
    this.errors = problem.errors ?? [];
  }
}

/** The path of a job. */
export function jobPath(id) {
  return `/v1/jobs/${encodeURIComponent(id)}`;
}

/** A resource; one that did not change since is not sent again. */
export async function get(path, signal) {
  const known = answers.get(path);
  const headers = { Accept: 'application/json', ...(known ? { 'If-None-Match': known.tag } : {}) };
  const response = await send(path, { headers, signal, cache: 'no-store' });
  if (response.status === 304) {
    return known.body;
  }
  const body = await response.json();
  remember(path, response.headers.get('ETag'), body);
  return body;
}

function remember(path, tag, body) {
  answers.delete(path);
  if (tag) {
    answers.set(path, { tag, body });
    if (answers.size > REMEMBERED) {
      answers.delete(answers.keys().next().value);
    }
  }
}

/** Every item of a paged list; its path may have a query. */
export async function getAll(path, signal) {
  const items = [];
  let token = '';
  const begin = `${path}${path.includes('?') ? '&' : '?'}pageSize=1000`;
  do {
    const page = await get(`${begin}${token && `&pageToken=${encodeURIComponent(token)}`}`, signal);
    items.push(...page.items);
    token = page.nextPageToken ?? '';
  } while (token);
  return items;
}

/** Sends a body and gives the answer's. */
export async function post(path, body, headers = {}) {
  const response = await send(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return response.status === 204 ? null : response.json();
}

export async function remove(path) {
  await send(path, { method: 'DELETE' });
}

/** A response that is not an error; asks for a token where one is missing or refused. */
export async function send(path, init) {
  const identity = authorization();
  const response = await reach(path, init, identity);
  if (response.status === 401 && (isOutdated(identity) || (await askForToken()))) {
    return send(path, init);
  }
  if (response.ok || response.status === 304) {
    return response;
  }
  throw new ApiError(response.status, await problem(response));
}

/** Whether another token was given while the request was on its way. */
function isOutdated(identity) {
  return authorization().Authorization !== identity.Authorization;
}

async function reach(path, init, identity) {
  try {
    return await fetch(path, { ...init, headers: { ...init.headers, ...identity } });
  } catch (error) {
    if (error.name === 'AbortError') {
      throw error;
    }
    throw new ApiError(0, { detail: 'The gateway cannot be reached.' });
  }
}

async function problem(response) {
  try {
    return await response.json();
  } catch {
    return { detail: `The gateway answered ${response.status}.` };
  }
}
