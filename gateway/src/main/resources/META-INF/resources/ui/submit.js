// A new job: the form, the check by the API, the plan, and what is wrong at its place.

import { ApiError, get, jobPath, post } from './api.js';
import { announce, h, put } from './dom.js';
import { bytes, count } from './format.js';
import { nearest } from './form.js';
import { planView } from './plan.js';
import { RequestForm } from './request-form.js';
import { address, go, title } from './router.js';

export async function showSubmit(outlet, { query }, signal) {
  title('New job');
  const page = new Submission(signal);
  put(outlet, page.elements);
  const from = query.get('from');
  if (from) {
    const { request } = await get(jobPath(from), signal);
    page.form.fill(request);
  }
}

class Submission {
  form = new RequestForm();
  elements;
  #signal;
  #errors = h('div', { class: 'error-summary', tabindex: '-1' });
  #plan = h('div', { class: 'plan-place' });
  /** One for what the form says: pressing twice makes one job. */
  #key = freshKey();
  #sent = '';

  constructor(signal) {
    this.#signal = signal;
    this.form.fields.model.control.addEventListener('change', () => this.#inspect());
    this.elements = [
      h('div', { class: 'page-head' }, h('h1', null, 'New job')),
      h('form', { class: 'submit', novalidate: true, onsubmit: (e) => this.#pressed(e, () => this.#submit()) },
        h('div', { class: 'stack' }, this.#errors, this.form.element),
        this.#plan,
        h('div', { class: 'submit-bar' },
          h('button', { class: 'button primary' }, 'Submit'),
          h('button', { class: 'button', type: 'button', onclick: (e) => this.#pressed(e, () => this.#check()) }, 'Check'),
          h('p', { class: 'muted small' }, 'Check asks the API for the plan and starts nothing.'))),
    ];
  }

  async #pressed(event, work) {
    event.preventDefault();
    const buttons = [...event.currentTarget.closest('form').querySelectorAll('.submit-bar button')];
    buttons.forEach((button) => (button.disabled = true));
    this.#clear();
    try {
      await work();
    } catch (error) {
      this.#show(error);
    }
    buttons.forEach((button) => (button.disabled = false));
  }

  async #check() {
    put(this.#plan, h('p', { class: 'muted', role: 'status' }, 'Checking …'));
    const plan = await post('/v1/jobs?validateOnly=true', this.form.request());
    put(this.#plan, planView(plan));
    announce('The request is valid.');
    this.#plan.scrollIntoView({ block: 'nearest' });
  }

  async #submit() {
    const request = this.form.request();
    const said = JSON.stringify(request);
    if (this.#sent !== said) {
      this.#sent = said;
      this.#key = freshKey();
    }
    const job = await post('/v1/jobs', request, { 'Idempotency-Key': this.#key });
    go(address('jobs', job.id));
  }

  #clear() {
    put(this.#errors);
    put(this.#plan);
    this.form.all().forEach((field) => field.say(null));
  }

  /** Each fault stands at its field, and all of them above the form with links to the fields. */
  #show(error) {
    put(this.#plan);
    if (!(error instanceof ApiError || error instanceof SyntaxError)) {
      throw error;
    }
    const faults = error instanceof SyntaxError
      ? [{ field: this.form.fields.advanced, words: `This is no JSON: ${error.message}` }]
      : this.#place(error);
    faults.filter(({ field }) => field).forEach(({ field, words }) => {
      field.say(words);
      field.element.closest('details')?.setAttribute('open', '');
    });
    put(this.#errors, h('div', { class: 'notice', 'data-tone': 'bad', role: 'alert' },
      h('h2', null, faults.length > 1 ? `${faults.length} things are to be put right` : 'One thing is to be put right'),
      h('ul', null, faults.map(({ field, words, pointer }) => h('li', null, field ? link(field) : pointer && h('code', null, pointer), ' ', words)))));
    this.#errors.focus();
  }

  #place(error) {
    const fields = this.form.all();
    const errors = error.errors.length > 0 ? error.errors : [{ detail: error.message }];
    return errors.map(({ pointer, detail }) => ({ field: pointer ? nearest(fields, pointer) : null, words: detail, pointer }));
  }

  /** Says what model that is, as soon as it is named. */
  async #inspect() {
    const place = this.form.inspection;
    const uri = this.form.request().model?.uri;
    put(place);
    if (!uri) {
      return;
    }
    try {
      const model = await get(`/v1/models/inspect?uri=${encodeURIComponent(uri)}`, this.#signal);
      model.prunable ? put(place, summary(model)) : this.form.fields.model.say(model.reason);
    } catch (error) {
      if (!this.#signal.aborted) {
        this.form.fields.model.say(error.message);
      }
    }
  }
}

/** (`randomUUID` is missing where the page does not come over TLS or from this machine.) */
function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function summary({ family, dtype, blocks, parameters, prunableParameters, bytes: size, tokenizer, maxPositions }) {
  return h('p', { class: 'muted' },
    `${family}, ${blocks} blocks, ${count(parameters)} parameters (${count(prunableParameters)} prunable), ${dtype}, ${bytes(size)}`,
    maxPositions ? `, ${count(maxPositions)} positions` : '', tokenizer ? '' : '; no tokenizer: every source must be token ids');
}

function link(field) {
  return h('a', { href: `#${field.control.id}`, onclick: (event) => {
    event.preventDefault();
    field.control.focus();
  } }, `${field.label}:`);
}
