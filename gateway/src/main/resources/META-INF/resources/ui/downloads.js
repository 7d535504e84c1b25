// The files that a job wrote.

import { get, jobPath, send } from './api.js';
import { h, put } from './dom.js';
import { bytes } from './format.js';
import { failure } from './notice.js';
import { follow, save, saveButtons } from './save.js';
import { hasToken } from './token.js';

const ADDRESS = 'application/vnd.sparsemesh.address+json';

/** Lists them in `place`. */
export async function showDownloads(place, id, signal) {
  try {
    const files = await get(`${jobPath(id)}/artifacts`, signal);
    put(place, files.length > 0 ? [table(id, files), saveButtons(`files-${id}`, () => files)] : h('p', { class: 'muted' }, 'The job wrote no files.'));
  } catch (error) {
    if (!signal.aborted) {
      put(place, failure(error, () => showDownloads(place, id, signal)));
    }
  }
}

function table(id, files) {
  return h('div', { class: 'table-area' }, h('table', { class: 'table' },
    h('caption', { class: 'hidden-text' }, 'Files of the output'),
    h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'File'), h('th', { scope: 'col', class: 'right' }, 'Size'),
      h('th', { scope: 'col', class: 'digest' }, 'SHA-256'))),
    h('tbody', null, files.map((file) => h('tr', null,
      h('td', null, link(id, file.name)),
      h('td', { class: 'right' }, bytes(file.size)),
      h('td', { class: 'digest mono', title: file.sha256 }, file.sha256.slice(0, 16)))))));
}

function link(id, name) {
  const path = `${jobPath(id)}/artifacts/${name.split('/').map(encodeURIComponent).join('/')}`;
  const file = name.slice(name.lastIndexOf('/') + 1);
  return h('a', { href: path, download: file, onclick: (event) => hasToken() && fetchFirst(event, path, file) }, name);
}

/**
 * A link cannot carry a token, so then the file is fetched first. One that lies in S3 is not, as the page loads nothing from other hosts:
 * the gateway tells an address that needs no token, and the browser goes there for the file.
 */
async function fetchFirst(event, path, file) {
  event.preventDefault();
  const place = event.currentTarget.parentElement;
  place.querySelector('.notice')?.remove();
  try {
    const response = await send(`${path}?redirect=false`, {});
    if (response.headers.get('Content-Type')?.startsWith(ADDRESS)) {
      follow((await response.json()).url);
    } else {
      save(await response.blob(), file);
    }
  } catch (error) {
    place.append(failure(error));
  }
}
