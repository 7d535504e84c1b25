// The report of one linear, and what happened to it on the way.

import { h, put } from './dom.js';
import { clock, count, duration, number, percent } from './format.js';
import { badge } from './states.js';

/** @param close called when the panel is closed */
function layerPanel(layer, attempts, close) {
  return h('section', { class: 'panel layer-panel', 'aria-labelledby': 'layer-title' },
    h('div', { class: 'panel-head' },
      h('h3', { id: 'layer-title', class: 'mono wrap' }, layer.name),
      h('button', { class: 'button quiet', type: 'button', onclick: close }, 'Close')),
    h('div', { class: 'panel-state' }, badge(layer.state),
      layer.fallback && h('span', { class: 'badge', 'data-tone': 'warn' }, layer.fallback)),
    facts([
      ['Block', String(layer.block)],
      ['Sparsity', percent(layer.sparsity, 2)],
      ['Relative error', number(layer.relativeError)],
      ['Damping used', number(layer.dampingUsed)],
      ['Calibration tokens', count(layer.tokens)],
      ['Time', duration(layer.millis)],
      ['Worker', layer.worker || '–'],
      ['Attempt', layer.attempt ? String(layer.attempt) : '–'],
    ]),
    h('h4', null, 'Attempts'),
    history(attempts));
}

/** A list of names and values. */
export function facts(pairs) {
  return h('dl', { class: 'facts' }, pairs.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))));
}

function history(attempts) {
  if (attempts.length === 0) {
    return h('p', { class: 'muted' }, 'Nothing has happened to it yet.');
  }
  return h('ol', { class: 'attempts' }, attempts.map(({ at, state, attempt, worker }) =>
    h('li', null,
      h('time', { datetime: at }, clock(at)), badge(state),
      h('span', { class: 'muted' }, [attempt ? `attempt ${attempt}` : '', worker].filter(Boolean).join(', ')))));
}

/** Shows it in its place, or says how to get it. */
export function showPanel(place, layer, attempts, close) {
  put(place, layer ? layerPanel(layer, attempts, close) : h('p', { class: 'panel-hint muted' },
    'Choose a linear for its report and attempts: with the pointer, or with arrow keys and Enter.'));
}
