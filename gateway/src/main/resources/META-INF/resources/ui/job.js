// A job's page: progress, the grid of its linears, charts, quality, files and the log, all live.

import { every, h, inFrame, put, text } from './dom.js';
import { modelName } from './format.js';
import { Grid } from './grid.js';
import { JobHead } from './job-head.js';
import { JobStore } from './job-store.js';
import { LayerCharts } from './layer-charts.js';
import { showDownloads } from './downloads.js';
import { showPanel } from './layer-panel.js';
import { candidates } from './layers.js';
import { EventLog } from './log.js';
import { loading } from './notice.js';
import { Quality } from './quality.js';
import { title } from './router.js';
import { saveButtons } from './save.js';
import { look } from './states.js';
import { Sweep } from './sweep.js';

export async function showJob(outlet, { id }, signal) {
  title('Job');
  put(outlet, loading('the job', 6));
  const changed = new Set();
  let page = null;
  const render = inFrame(() => {
    const parts = new Set(changed);
    changed.clear();
    page?.update(parts);
  });
  const store = new JobStore(id, signal, (part) => {
    changed.add(part);
    render();
  });
  await store.open();
  page = new JobPage(store, signal);
  put(outlet, page.elements);
  page.update(new Set(['job', 'layers', 'evaluations', 'events', 'connection']));
  every(1000, signal, () => page.tick());
}

/** While layers are pruned they come first; later, quality does. What is open is not turned about. */
const PRUNES = new Set(['VALIDATING', 'QUEUED', 'PRUNING', 'ASSEMBLING']);

class JobPage {
  elements;
  #store;
  #signal;
  #head;
  #grid = new Grid((name) => this.#choose(name));
  #panel = h('div', { class: 'panel-place', 'aria-live': 'polite' });
  #picker = h('div');
  #charts;
  #quality;
  #sweep;
  #log = new EventLog();
  #files = h('div');
  #request = h('pre', { class: 'code', tabindex: '0', 'aria-label': 'The request with all defaults' });
  #sections;
  #candidate = null;
  #chosen = null;
  #filesOf = '';
  #verdict = h('p');

  constructor(store, signal) {
    this.#store = store;
    this.#signal = signal;
    this.#head = new JobHead(store);
    this.#grid.beside(this.#panel);
    this.#charts = new LayerCharts(signal);
    this.#quality = new Quality(signal);
    this.#sweep = new Sweep(signal);
    this.#sections = {
      sweep: section('Checkpoints', this.#sweep.element),
      quality: section('Quality', this.#verdict, this.#quality.element, this.#save('evaluations', () => [...store.evaluations.values()])),
      layers: section('Linears', this.#picker, this.#grid.element, this.#charts.element, this.#save('layers', () => [...store.layers.values()])),
      files: section('Files', this.#files),
      log: section('Events', this.#log.element, this.#save('events', () => store.allEvents())),
      request: h('details', { class: 'section' }, h('summary', null, h('h2', null, 'Request')), this.#request),
    };
    const { layers, ...others } = this.#sections;
    const first = PRUNES.has(store.job.state) ? { layers, ...others } : this.#sections;
    this.elements = [this.#head.element, Object.values(first)];
    document.addEventListener('keydown', (e) => e.key === 'Escape' && this.#choose(null), { signal });
  }

  #save(what, rows) {
    return saveButtons(`${what}-${this.#store.job.id}`, rows);
  }

  /** Draws the parts that changed. */
  update(parts) {
    if (parts.has('job')) {
      this.#showJob();
    }
    if (parts.has('layers')) {
      this.#showLayers();
    }
    if (parts.has('evaluations') || parts.has('events')) {
      this.#quality.update(this.#store);
      this.#sections.quality.hidden = this.#store.evaluations.size === 0;
    }
    if (parts.has('events')) {
      this.#head.update();
      this.#log.update(this.#store);
      this.#showPanel();
    }
    if (parts.has('connection')) {
      this.#head.connection();
    }
  }

  tick() {
    this.#head.tick();
  }

  #showJob() {
    const { job } = this.#store;
    title(look(job.state).label, modelName(job.request.model.uri));
    this.#head.update();
    const request = JSON.stringify(job.request, null, 2);
    if (this.#request.textContent !== request) {
      this.#request.textContent = request;
    }
    this.#sections.sweep.hidden = !job.result?.candidates;
    if (job.result?.candidates) {
      this.#sweep.update(job.result);
    }
    this.#showVerdict(job.result?.allocation);
    this.#showFiles(job);
  }

  /** Which of two checkpoints an allocated job kept. */
  #showVerdict(allocation) {
    this.#verdict.hidden = !allocation;
    text(this.#verdict, allocation ? `Kept: ${allocation.kept}. ${allocation.reason}.` : '');
  }

  #showFiles({ id, state, result }) {
    this.#sections.files.hidden = !result;
    if (result && this.#filesOf !== state) {
      this.#filesOf = state;
      showDownloads(this.#files, id, this.#signal);
    }
  }

  #showLayers() {
    const layers = [...this.#store.layers.values()];
    const names = candidates(layers);
    this.#candidate = names.includes(this.#candidate) ? this.#candidate : names[0] ?? '';
    this.#sections.layers.hidden = layers.length === 0;
    if (names.length > 1 && this.#picker.childElementCount === 0) {
      put(this.#picker, this.#candidatePicker(names));
    }
    this.#grid.update(layers, this.#candidate);
    this.#charts.update(layers, this.#candidate);
    this.#showPanel();
  }

  #candidatePicker(names) {
    return h('fieldset', { class: 'segments' }, h('legend', null, 'Checkpoint'), names.map((name) =>
      h('label', null,
        h('input', { type: 'radio', name: 'candidate', checked: name === this.#candidate, onchange: () => {
          this.#candidate = name;
          this.#chosen = null;
          this.#showLayers();
        } }),
        h('span', null, name))));
  }

  #choose(name) {
    this.#chosen = name;
    this.#grid.select(name);
    this.#showPanel();
  }

  #showPanel() {
    const layer = this.#chosen && this.#store.layers.get(this.#chosen);
    showPanel(this.#panel, layer, this.#store.attempts.get(this.#chosen) ?? [], () => this.#choose(null));
  }
}

function section(heading, ...children) {
  return h('section', { class: 'section' }, h('h2', null, heading), children);
}
