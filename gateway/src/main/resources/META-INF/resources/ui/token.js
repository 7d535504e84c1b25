// The bearer token, if this gateway wants one. It stays in the tab's session storage and goes to this origin alone.

import { h } from './dom.js';

const KEY = 'sparsemesh.token';
let asking = null;
let declined = false;

/** Headers that say who is asking. */
export function authorization() {
  const token = sessionStorage.getItem(KEY);
  return token ? { Authorization: `Bearer ${token}` } : {};
}

export function hasToken() {
  return sessionStorage.getItem(KEY) !== null;
}

/** Asks for a token, once however many requests were refused. False if the user gives none, and then on until `askAgain`. */
export function askForToken() {
  asking ??= declined ? Promise.resolve(false) : show();
  return asking.finally(() => (asking = null));
}

/** After a user gave none: the next refusal asks again. */
export function askAgain() {
  declined = false;
}

function show() {
  const refused = hasToken();
  sessionStorage.removeItem(KEY);
  return new Promise((resolve) => {
    const input = h('input', {
      id: 'token', type: 'password', autocomplete: 'off', required: true, 'aria-describedby': 'token-hint',
    });
    const dialog = h('dialog', { class: 'dialog', 'aria-labelledby': 'token-title' },
      h('form', { method: 'dialog', class: 'stack' },
        h('h2', { id: 'token-title' }, 'Sign in'),
        h('p', { id: 'token-hint', class: 'muted' },
          refused ? 'The gateway refused this token. ' : 'This gateway wants a bearer token. ',
          'It is kept in this tab only, until the tab is closed.'),
        h('label', { for: 'token' }, 'Token'),
        input,
        h('div', { class: 'actions' },
          h('button', { class: 'button primary' }, 'Sign in'),
          h('button', { class: 'button', type: 'button', onclick: () => dialog.close() }, 'Not now'))));
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (dialog.returnValue === 'given' && input.value.trim() !== '') {
        sessionStorage.setItem(KEY, input.value.trim());
        resolve(true);
      } else {
        declined = true;
        resolve(false);
      }
    });
    dialog.querySelector('form').addEventListener('submit', () => (dialog.returnValue = 'given'));
    document.body.append(dialog);
    dialog.showModal();
  });
}
