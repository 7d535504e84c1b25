// Who does the work, with which device, and how much of it.

import { get } from './api.js';
import { every, h, put, text } from './dom.js';
import { ago, bytes, duration } from './format.js';
import { empty, failure, loading } from './notice.js';
import { address, title } from './router.js';
import { saveButtons } from './save.js';
import { badge, look } from './states.js';
import { Throughput } from './throughput.js';

const REFRESH_MILLIS = 3000;
const COLUMNS = ['Worker', 'State', 'Device', 'Task'];
const FIGURES = ['Memory', 'Tasks a minute', 'Up', 'Heard'];

export async function showWorkers(outlet, _, signal) {
  title('Workers');
  const summary = h('p', { class: 'muted small', role: 'status' });
  const body = h('div', { class: 'noted' });
  put(outlet, h('div', { class: 'page-head' }, h('h1', null, 'Workers'), summary), body, saveButtons('workers', () => get('/v1/workers', signal)));
  put(body, loading('workers', 4));
  const throughput = new Throughput(signal);
  const refresh = async () => {
    const workers = await get('/v1/workers', signal);
    text(summary, told(workers));
    put(body, workers.length > 0 ? table(workers, throughput) : nobody());
  };
  await refresh();
  every(REFRESH_MILLIS, signal, () => refresh().catch((error) => signal.aborted || put(body, failure(error, refresh))));
}

function nobody() {
  return empty('No workers', 'None was heard of in the last ten minutes. Jobs wait until one starts; ./sparsemesh dev --workers 2 starts two.');
}

function told(workers) {
  const states = ['BUSY', 'IDLE', 'LEAVING', 'LOST'].map((state) => [state, workers.filter((w) => w.state === state).length]);
  return states.filter(([, n]) => n > 0).map(([state, n]) => `${n} ${look(state).label.toLowerCase()}`).join(', ');
}

function table(workers, throughput) {
  return [
    h('div', { class: 'table-area' }, h('table', { class: 'table cards workers', role: 'table' },
      h('caption', { class: 'hidden-text' }, 'Workers heard of in the last ten minutes'),
      h('thead', null, h('tr', null, COLUMNS.map((name) => h('th', { scope: 'col' }, name)),
        FIGURES.map((name) => h('th', { scope: 'col', class: 'right' }, name)))),
      h('tbody', null, workers.map((worker) => line(worker, throughput))))),
    h('p', { class: 'muted small' }, `Tasks a minute: finished ${throughput.window()}.`),
  ];
}

function line(worker, throughput) {
  return h('tr', { role: 'row' },
    h('th', { scope: 'row' }, worker.name, h('span', { class: 'id' }, `${worker.role} ${worker.version}`)),
    h('td', null, badge(worker.state)),
    cell('Device', worker.device),
    cell('Task', task(worker.currentTask)),
    figure('Memory', bytes(worker.memoryBytes)),
    figure('Tasks a minute', throughput.rate(worker.name)),
    figure('Up', duration(Date.now() - Date.parse(worker.startedAt))),
    figure('Heard', ago(worker.lastHeartbeat)));
}

function cell(label, value) {
  return h('td', { 'data-label': label }, value);
}

function figure(label, value) {
  return h('td', { class: 'right', 'data-label': label }, value);
}

function task(current) {
  const [job, name] = (current ?? '').split('/');
  return name ? h('a', { href: address('jobs', job) }, name) : '–';
}
