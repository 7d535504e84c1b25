// The fields of a job's request, read into the JSON of the API and filled from it.

import { h } from './dom.js';
import { group, row } from './form.js';
import { Rows, suiteRow, taskRow } from './form-rows.js';
import { compact, difference, fileUri, merge } from './json.js';
import { plainFields } from './request-fields.js';

export class RequestForm {
  element;
  fields;
  #suites = new Rows('Perplexity suite', '/evaluation/perplexity', suiteRow);
  #tasks = new Rows('Zero-shot task', '/evaluation/tasks', taskRow);

  constructor() {
    this.fields = plainFields();
    const f = this.fields;
    this.inspection = h('div', { class: 'inspection', role: 'status' });
    this.element = h('div', { class: 'stack' },
      group('Model', null, f.model.element, this.inspection),
      group('Pruning', null, row(f.method, f.target, f.quality), row(f.bits, f.groupSize, f.symmetric),
        details('More about the method', row(f.propagation, f.blockSize, f.damping), row(f.exactCount))),
      group('Calibration', 'Texts on which the layers are solved. Magnitude needs none.',
        f.calibration.element, row(f.samples, f.length, f.seed), row(f.textField, f.tensor)),
      group('Evaluation', 'What is measured, on the pruned model and, if wanted, on the dense one.',
        f.dense.element, this.#suites.element, this.#tasks.element),
      group('Output', null, f.output.element, row(f.format, f.onFallback), row(f.labels, f.priority)),
      details('Advanced: JSON laid over the request', f.advanced.element));
    this.#suites.add();
    [f.method, f.bits].forEach(({ control }) => control.addEventListener('change', () => this.#showWhatMatters()));
    this.#showWhatMatters();
  }

  /** Fields without a meaning for the method are not shown. */
  #showWhatMatters() {
    const f = this.fields;
    const magnitude = f.method.value === 'magnitude';
    const sparsegpt = f.method.value === 'sparsegpt';
    [f.quality, f.bits, f.blockSize, f.damping].forEach(({ element }) => (element.hidden = !sparsegpt));
    [f.groupSize, f.symmetric].forEach(({ element }) => (element.hidden = !sparsegpt || !f.bits.value));
    f.propagation.element.hidden = magnitude;
    f.calibration.element.closest('fieldset').hidden = magnitude;
  }

  /** Every field there is now. */
  all() {
    return [...Object.values(this.fields), ...this.#suites.fields(), ...this.#tasks.fields()];
  }

  /** The request as the API takes it. Throws a `SyntaxError` if the advanced JSON is none. */
  request() {
    const advanced = this.fields.advanced.value;
    return merge(this.#plain(), advanced ? JSON.parse(advanced) : {});
  }

  #plain() {
    const f = this.fields;
    const magnitude = f.method.value === 'magnitude';
    return compact({
      model: { uri: fileUri(f.model.value) },
      method: method(f, magnitude),
      calibration: magnitude ? undefined : {
        uri: fileUri(f.calibration.value), samples: f.samples.number, sequenceLength: f.length.number, seed: f.seed.number,
        field: f.textField.value, tensor: f.tensor.value,
      },
      evaluation: this.#evaluation(),
      output: { uri: fileUri(f.output.value), format: f.output.value ? f.format.value : undefined },
      onFallback: f.onFallback.value === 'degrade' ? undefined : f.onFallback.value,
      priority: f.priority.number,
      labels: labels(f.labels.value),
    }) ?? {};
  }

  #evaluation() {
    const perplexity = this.#suites.values();
    const tasks = this.#tasks.values();
    const some = perplexity.length + tasks.length > 0;
    return {
      dense: some ? this.fields.dense.value : undefined,
      perplexity: perplexity.length > 0 ? perplexity : undefined,
      tasks: tasks.length > 0 ? tasks : undefined,
    };
  }

  /** Fills the fields from a job's request; what has no field goes into the advanced JSON. */
  fill(request) {
    fillPlain(this.fields, request);
    this.#suites.fill(request.evaluation?.perplexity ?? []);
    this.#tasks.fill(request.evaluation?.tasks ?? []);
    const { output, method: its, ...others } = request;
    this.#showWhatMatters();
    const rest = difference(compact({ ...others, method: withoutTargets(its), output: { format: output?.format } }),
      withoutDefaults(this.#plain()));
    this.fields.advanced.value = rest ? JSON.stringify(rest, null, 2) : '';
    this.fields.advanced.element.closest('details').open = Boolean(rest);
  }
}

/** What is not shown is not asked for. */
function method(f, magnitude) {
  const sparsegpt = f.method.value === 'sparsegpt';
  const quantization = f.bits.value && sparsegpt
    ? { bits: Number(f.bits.value), symmetric: f.symmetric.value, groupSize: f.groupSize.number } : undefined;
  return {
    name: f.method.value,
    ...targetOf(f.target.value),
    quality: sparsegpt ? f.quality.value : undefined,
    propagation: magnitude ? undefined : f.propagation.value,
    blockSize: sparsegpt ? f.blockSize.number : undefined,
    damping: sparsegpt ? f.damping.number : undefined,
    exactCount: f.exactCount.value || undefined,
    quantization,
  };
}

/** `0.5`, `2:4`, or several of them. */
function targetOf(typed) {
  const all = (typed ?? '').split(',').map((one) => one.trim()).filter(Boolean).map(oneTarget);
  return all.length > 1 ? { targets: all } : all[0] ?? {};
}

function oneTarget(typed) {
  if (typed.includes(':')) {
    return { pattern: typed };
  }
  const share = typed.endsWith('%') ? Number(typed.slice(0, -1)) / 100 : Number(typed);
  return { sparsity: Number.isNaN(share) ? typed : share };
}

function labels(typed) {
  const pairs = (typed ?? '').split(',').map((one) => one.trim()).filter(Boolean);
  return pairs.length > 0 ? Object.fromEntries(pairs.map((pair) => {
    const [name, ...rest] = pair.split('=');
    return [name.trim(), rest.join('=').trim()];
  })) : undefined;
}

function fillPlain(f, { model, method: its, calibration, evaluation, output, onFallback, priority, labels: tags }) {
  f.model.value = model.uri;
  f.method.value = String(its.name).toLowerCase();
  f.target.value = (its.targets ?? [its]).map((one) => one.pattern ?? one.sparsity).join(', ');
  f.bits.value = its.quantization?.bits;
  f.symmetric.value = its.quantization?.symmetric ?? true;
  f.groupSize.value = its.quantization?.groupSize;
  f.propagation.value = its.propagation === 'sequential' ? '' : its.propagation;
  f.blockSize.value = its.blockSize;
  f.damping.value = its.damping;
  f.exactCount.value = its.exactCount;
  f.calibration.value = calibration?.uri;
  f.samples.value = calibration?.samples;
  f.length.value = calibration?.sequenceLength;
  f.seed.value = calibration?.seed;
  f.textField.value = calibration?.field;
  f.tensor.value = calibration?.tensor;
  f.dense.value = evaluation?.dense;
  f.output.value = output ? `${output.uri}-again` : '';
  f.format.value = output?.format ?? 'dense';
  f.onFallback.value = onFallback ?? 'degrade';
  f.priority.value = priority || '';
  f.labels.value = Object.entries(tags ?? {}).map(([name, value]) => `${name}=${value}`).join(', ');
}

/** Targets have a field; single defaults need none. */
function withoutTargets({ sparsity, pattern, targets, ...others }) {
  const { exactCount, propagation, ...rest } = others;
  return { ...rest, exactCount: exactCount || undefined, propagation: propagation === 'sequential' ? undefined : propagation };
}

function withoutDefaults(request) {
  return { priority: 0, onFallback: 'degrade', labels: {}, ...request };
}

function details(summary, ...children) {
  return h('details', { class: 'more' }, h('summary', null, summary), children);
}
