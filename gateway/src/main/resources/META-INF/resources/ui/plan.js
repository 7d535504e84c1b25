// What a job would do, before it does.

import { h } from './dom.js';
import { bytes, count } from './format.js';
import { facts } from './layer-panel.js';

const MOST_SKIPPED = 20;

export function planView({ blocks, matched, skipped, tasks, shards, bytesRead, bytesWritten, peakMemoryBytes, peakStoreBytes, outputs, shared }) {
  return h('section', { class: 'panel', 'aria-labelledby': 'plan-title' },
    h('h2', { id: 'plan-title' }, 'The plan'),
    facts([
      ['Blocks', count(blocks.length)],
      ['Linears', count(matched.length)],
      ['Tasks', count(tasks.total)],
      ['Calibration shards', count(shards)],
      ['Reads', bytes(bytesRead)],
      ['Writes', bytes(bytesWritten)],
      ['In the store at most', bytes(peakStoreBytes)],
    ]),
    h('div', { class: 'table-area' }, h('table', { class: 'table figures' },
      h('caption', null, 'Tasks by kind'),
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Kind'), h('th', { scope: 'col', class: 'right' }, 'Tasks'),
        h('th', { scope: 'col', class: 'right' }, 'Memory of one'))),
      h('tbody', null, Object.entries(tasks.byKind).map(([kind, n]) => h('tr', null,
        h('th', { scope: 'row' }, kind.charAt(0) + kind.slice(1).toLowerCase()), h('td', { class: 'right' }, count(n)),
        h('td', { class: 'right' }, bytes(peakMemoryBytes[kind]))))))),
    outputs && h('p', null, `${Object.keys(outputs).length} checkpoints: ${Object.keys(outputs).join(', ')}. Computed once for all: ${shared}.`),
    skipped.length > 0 && h('details', null, h('summary', null, `${count(skipped.length)} linears stay dense`),
      h('ul', { class: 'plain' }, skipped.slice(0, MOST_SKIPPED).map(({ name, reason }) => h('li', null, h('code', null, name), ` ${reason}`)),
        skipped.length > MOST_SKIPPED && h('li', { class: 'muted' }, `and ${skipped.length - MOST_SKIPPED} more`))));
}
