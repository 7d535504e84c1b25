// The single fields of a request, each at its JSON pointer.

import { h } from './dom.js';
import { Field, checkbox, numberInput, select, textInput } from './form.js';

const METHODS = [['sparsegpt', 'SparseGPT'], ['wanda', 'Wanda'], ['magnitude', 'Magnitude']];
const QUALITIES = [['', 'Reference: as the paper'], ['best', 'Best: weights refitted, slower']];
const PROPAGATIONS = [['', 'Sequential: as the paper'], ['trueSequential', 'True sequential'], ['dense', 'Dense: all blocks at once']];
const FORMATS = [['dense', 'Dense: loads anywhere'], ['pack-quantized', 'Packed integers'], ['sparse-bitmask', 'Sparse bitmask: storage']];
const BITS = [['', 'None'], ['8', '8 bits'], ['4', '4 bits'], ['3', '3 bits'], ['2', '2 bits']];
const FALLBACKS = [['degrade', 'Mark the job degraded'], ['fail', 'Fail the job']];

export function plainFields() {
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
    output: new Field('/output/uri', 'Output folder', textInput('/out/opt-125m-50'), 'Made by the job; must not exist yet. Or s3://bucket/prefix, where nothing lies yet.'),
    format: new Field('/output/format', 'Format', select(FORMATS)),
    onFallback: new Field('/onFallback', 'If a layer needs a fallback', select(FALLBACKS)),
    labels: new Field('/labels', 'Labels', textInput('team=a, run=nightly')),
    priority: new Field('/priority', 'Priority', numberInput('0')),
    advanced: new Field('', 'JSON', h('textarea', { rows: 6, spellcheck: 'false', class: 'mono', placeholder: '{"method": {"exclude": ["lm_head"]}}' }),
      'Everything the API takes; what stands here goes before the fields above.'),
  };
}
