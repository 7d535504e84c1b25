// What stands where there is nothing to show yet, nothing at all, or an error.

import { h } from './dom.js';
import { askAgain } from './token.js';

/** Placeholder rows while something loads. */
export function loading(what, rows = 3) {
  return h('div', { class: 'loading', role: 'status' },
    h('span', { class: 'hidden-text' }, `Loading ${what}`),
    Array.from({ length: rows }, () => h('div', { class: 'bone', 'aria-hidden': 'true' })));
}

export function empty(heading, hint, ...actions) {
  return h('div', { class: 'empty' }, h('h2', null, heading), h('p', { class: 'muted' }, hint),
    h('div', { class: 'actions' }, actions));
}

/** An error, what to do about it, and a button that tries again. */
export function failure(error, again) {
  const missing = error.status === 404;
  const refused = error.status === 401;
  const retry = () => {
    askAgain();
    again();
  };
  return h('div', { class: 'notice', 'data-tone': 'bad', role: 'alert' },
    h('h2', null, missing ? 'Not found' : 'That did not work'),
    h('p', null, error.message),
    h('div', { class: 'actions' },
      again && !missing && h('button', { class: 'button', type: 'button', onclick: retry }, refused ? 'Sign in' : 'Try again'),
      missing && h('a', { class: 'button', href: '#/jobs' }, 'All jobs')));
}
