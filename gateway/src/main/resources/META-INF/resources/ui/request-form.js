// The fields of a job's request, read into the JSON of the API and filled from it.

import { h, put } from './dom.js';
import { Field, checkbox, group, numberInput, row, select, textInput } from './form.js';
import { compact, difference, merge } from './json.js';

const METHODS = [['sparsegpt', 'SparseGPT'], ['wanda', 'Wanda'], ['magnitude', 'Magnitude']];
const QUALITIES = [['', 'Reference: as the paper'], ['best', 'Best: weights refitted, slower']];
const PROPAGATIONS = [['', 'Sequential: as the paper'], ['trueSequential', 'True sequential'], ['dense', 'Dense: all blocks at once']];
const FORMATS = [['dense', 'Dense: loads anywhere'], ['pack-quantized', 'Packed integers'], ['sparse-bitmask', 'Sparse bitmask: storage']];
const PROTOCOLS = [['gptq', 'gptq: the paper'], ['lm-eval', 'lm-eval']];
const BITS = [['', 'None'], ['8', '8 bits'], ['4', '4 bits'], ['3', '3 bits'], ['2', '2 bits']];
const FALLBACKS = [['degrade', 'Mark the job degraded'], ['fail', 'Fail the job']];

/** A path of this machine is a `file:` URI. */
function uri(value) {
  return value?.startsWith('/') ? `file://${value}` : value;
}

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
      model: { uri: uri(f.model.value) },
      method: method(f, magnitude),
      calibration: magnitude ? undefined : {
        uri: uri(f.calibration.value), samples: f.samples.number, sequenceLength: f.length.number, seed: f.seed.number,
        field: f.textField.value, tensor: f.tensor.value,
      },
      evaluation: this.#evaluation(),
      output: { uri: uri(f.output.value), format: f.output.value ? f.format.value : undefined },
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

function plainFields() {
  return {
    model: new Field('/model/uri', 'Model folder', textInput('/models/opt-125m', { required: true }),
      'A folder of this machine under an allowed root, hf://owner/name@revision, or s3://bucket/prefix.'),
    method: new Field('/method/name', 'Method', select(METHODS)),
    target: new Field('/method', 'Target', textInput('0.5', { required: true }),
      'A sparsity such as 0.5, a pattern such as 2:4, or several: 0.5, 0.6, 2:4'),
    quality: new Field('/method/quality', 'Quality', select(QUALITIES)),
    bits: new Field('/method/quantization/bits', 'Quantisation', select(BITS)),
    groupSize: new Field('/method/quantization/groupSize', 'Group size', numberInput('128')),
    symmetric: new Field('/method/quantization/symmetric', 'Symmetric', checkbox(true)),
    propagation: new Field('/method/propagation', 'Propagation', select(PROPAGATIONS)),
    blockSize: new Field('/method/blockSize', 'Columns between updates', numberInput('128')),
    damping: new Field('/method/damping', 'Damping', numberInput('0.01')),
    exactCount: new Field('/method/exactCount', 'Prune exactly the count asked for', checkbox(false)),
    calibration: new Field('/calibration/uri', 'Texts', textInput('/data/c4-sample.jsonl'),
      '.txt, .jsonl, or token ids as .safetensors'),
    samples: new Field('/calibration/samples', 'Samples', numberInput('128')),
    length: new Field('/calibration/sequenceLength', 'Tokens each', numberInput('model’s')),
    seed: new Field('/calibration/seed', 'Seed', numberInput('0')),
    textField: new Field('/calibration/field', 'Field of .jsonl', textInput('text')),
    tensor: new Field('/calibration/tensor', 'Tensor of .safetensors', textInput('input_ids')),
    dense: new Field('/evaluation/dense', 'Measure the dense model too', checkbox(true)),
    output: new Field('/output/uri', 'Output folder', textInput('/out/opt-125m-50'), 'It is made by the job, and must not exist yet.'),
    format: new Field('/output/format', 'Format', select(FORMATS)),
    onFallback: new Field('/onFallback', 'If a layer needs a fallback', select(FALLBACKS)),
    labels: new Field('/labels', 'Labels', textInput('team=a, run=nightly')),
    priority: new Field('/priority', 'Priority', numberInput('0')),
    advanced: new Field('', 'JSON', h('textarea', { rows: 6, spellcheck: 'false', class: 'mono', placeholder: '{"method": {"exclude": ["lm_head"]}}' }),
      'Everything the API takes; what stands here goes before the fields above.'),
  };
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

/** Rows of fields that can be added and taken away. */
class Rows {
  element = h('div', { class: 'rows' });
  #list = h('div', { class: 'stack' });
  #rows = [];
  #make;
  #pointer;

  constructor(label, pointer, make) {
    this.#make = make;
    this.#pointer = pointer;
    this.#label = label;
    this.element.append(this.#list, h('button', {
      class: 'button', type: 'button', onclick: () => this.add().fields[0].control.focus(),
    }, `Add a ${label.toLowerCase()}`));
  }

  #label;

  add() {
    const made = { ...this.#make() };
    made.element = h('div', { class: 'repeat', role: 'group', 'aria-label': this.#label }, row(...made.fields),
      h('button', { class: 'button quiet', type: 'button', 'aria-label': `Remove this ${this.#label.toLowerCase()}`,
        onclick: () => this.#remove(made) }, 'Remove'));
    this.#rows.push(made);
    this.#draw();
    return made;
  }

  #remove(made) {
    this.#rows.splice(this.#rows.indexOf(made), 1);
    this.#draw();
    this.element.lastElementChild.focus();
  }

  /** Places in the request count the rows that say something. */
  #draw() {
    put(this.#list, this.#rows.map(({ element }) => element));
  }

  fields() {
    this.#rows.filter((made) => made.value()).forEach((made, i) =>
      made.fields.forEach((field) => (field.pointer = `${this.#pointer}/${i}/${field.name}`)));
    return this.#rows.flatMap(({ fields }) => fields);
  }

  values() {
    return this.#rows.map((made) => made.value()).filter(Boolean);
  }

  fill(values) {
    this.#rows = [];
    this.#draw();
    values.forEach((value) => this.add().set(value));
  }
}

function named(name, label, control) {
  return Object.assign(new Field(`/${name}`, label, control), { name });
}

function suiteRow() {
  const [name, source, protocol, length, tensor] = [
    named('name', 'Suite', textInput('wikitext2')), named('uri', 'Texts', textInput('/data/wiki.test.raw')),
    named('protocol', 'Protocol', select(PROTOCOLS)), named('sequenceLength', 'Tokens', numberInput('model’s')),
    named('tensor', 'Tensor', textInput('input_ids')),
  ];
  return {
    fields: [name, source, protocol, length, tensor],
    value: () => (name.value || source.value
      ? compact({ name: name.value, uri: uri(source.value), tensor: tensor.value, protocol: protocol.value, sequenceLength: length.number }) : null),
    set: (suite) => {
      [name, source, protocol, length, tensor].forEach((field) => (field.value = suite[field.name]));
    },
  };
}

function taskRow() {
  const [name, source] = [named('name', 'Task', textInput('piqa')), named('uri', 'Items', textInput('/data/piqa.jsonl'))];
  return {
    fields: [name, source],
    value: () => (name.value || source.value ? compact({ name: name.value, uri: uri(source.value) }) : null),
    set: (task) => [name, source].forEach((field) => (field.value = task[field.name])),
  };
}
