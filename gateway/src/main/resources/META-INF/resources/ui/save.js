// Files made by the page: what a table shows, with every field that the API gives, and downloads.

import { announce, h, text } from './dom.js';

const KEPT_MILLIS = 60_000;
const TYPES = { csv: 'text/csv', json: 'application/json' };

/** Gives the browser a file to keep. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MILLIS);
}

/** Lets the browser keep what it is sent from an address, which says that it is to be kept: the page stays. */
export function follow(url) {
  h('a', { href: url, rel: 'noreferrer' }).click();
}

/**
 * Buttons that save rows as CSV and as JSON.
 * @param name of the file, without its ending
 * @param rows gives objects, or a promise of them
 */
export function saveButtons(name, rows) {
  const label = h('span', { class: 'muted small' }, 'Save as');
  return h('p', { class: 'save' }, label,
    Object.keys(TYPES).map((kind) => h('button', {
      class: 'button quiet small', type: 'button', 'aria-label': `Save ${name} as ${kind.toUpperCase()}`,
      onclick: (event) => saveRows(event.currentTarget, label, `${name}.${kind}`, kind, rows),
    }, kind.toUpperCase())));
}

async function saveRows(button, label, file, kind, rows) {
  button.disabled = true;
  try {
    const all = await rows();
    const content = kind === 'csv' ? csv(all) : `${JSON.stringify(all, null, 2)}\n`;
    save(new Blob([content], { type: TYPES[kind] }), file);
    tell(label, `Saved ${all.length} ${all.length === 1 ? 'row' : 'rows'}. Save as`);
  } catch (error) {
    tell(label, `${file} was not saved: ${error.message}`);
  } finally {
    button.disabled = false;
  }
}

function tell(label, message) {
  text(label, message);
  announce(message);
}

/** The columns of `./sparsemesh ... -o csv`: RFC 4180, fields of objects inside as `outer.inner`, lists as JSON. */
function csv(rows) {
  const cells = rows.map((row) => flatten('', row, new Map()));
  const names = [...new Set(cells.flatMap((row) => [...row.keys()]))];
  const lines = [names, ...cells.map((row) => names.map((name) => row.get(name) ?? ''))];
  return lines.map((line) => `${line.map(quoted).join(',')}\n`).join('');
}

function flatten(prefix, object, cells) {
  for (const [key, value] of Object.entries(object)) {
    if (Array.isArray(value)) {
      cells.set(prefix + key, JSON.stringify(value));
    } else if (value !== null && typeof value === 'object') {
      flatten(`${prefix}${key}.`, value, cells);
    } else if (value !== null && value !== undefined) {
      cells.set(prefix + key, String(value));
    }
  }
  return cells;
}

function quoted(cell) {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
