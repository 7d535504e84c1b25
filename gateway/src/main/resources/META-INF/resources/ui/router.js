// Pages by the part of the address behind `#`: links to a job, a filter or a comparison can be kept and sent.

import { put } from './dom.js';
import { failure } from './notice.js';

let shown = null;

/** `{page, id, query}` of an address such as `#/jobs/ID?x=y`. */
function parse(hash) {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [page, id] = path.split('/').map(decode);
  return { page: page || 'jobs', id, query: new URLSearchParams(query) };
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a page. */
export function address(page, id, query) {
  const tail = query?.toString();
  return `#/${page}${id ? `/${encodeURIComponent(id)}` : ''}${tail ? `?${tail}` : ''}`;
}

/** Changes what is behind `?` without showing the page anew. */
export function keep(page, query, push) {
  const url = address(page, null, query);
  if (url !== location.hash) {
    history[push ? 'pushState' : 'replaceState'](null, '', url);
  }
}

export function go(url) {
  location.hash = url;
}

/** @param pages by name: `async (outlet, {id, query}, signal) => title` */
export function start(outlet, pages) {
  const show = (first) => {
    const hash = location.hash;
    if (hash === '#main') {
      return;
    }
    shown?.abort();
    shown = new AbortController();
    open(outlet, pages, parse(hash), shown.signal, first);
  };
  addEventListener('hashchange', () => show(false));
  show(true);
}

async function open(outlet, pages, route, signal, first) {
  const page = pages[route.id && route.page === 'jobs' ? 'job' : route.page] ?? pages.missing;
  markCurrent(route.page);
  put(outlet);
  try {
    const opened = page(outlet, route, signal);
    if (!first) {
      outlet.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    await opened;
  } catch (error) {
    if (!signal.aborted) {
      put(outlet, failure(error, () => open(outlet, pages, route, signal, false)));
    }
  }
}

function markCurrent(page) {
  for (const link of document.querySelectorAll('[data-page]')) {
    link.toggleAttribute('aria-current', false);
    if (link.dataset.page === page) {
      link.setAttribute('aria-current', 'page');
    }
  }
}

/** The window's title. */
export function title(...parts) {
  document.title = [...parts, 'Sparsemesh'].join(' · ');
}
