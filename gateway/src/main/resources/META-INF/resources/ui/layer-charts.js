// Relative error and sparsity over the depth of the model, a line for each kind of linear.

import { h } from './dom.js';
import { Chart } from './charts.js';
import { tickNumber, tickPercent } from './format.js';
import { arrange, family, shortNames } from './layers.js';

const MOST_LINES = 12;

export class LayerCharts {
  element = h('div', { class: 'chart-pair' });
  #error;
  #sparsity;

  constructor(signal) {
    const x = { label: 'Block', format: (b) => (Number.isInteger(b) ? String(b) : '') };
    this.#error = new Chart('Relative error of the output', { x, y: { log: true, format: tickNumber } }, signal);
    this.#sparsity = new Chart('Sparsity reached', { x, y: { least: 0.02, format: tickPercent } }, signal);
    this.element.append(this.#error.element, this.#sparsity.element);
  }

  update(layers, candidate) {
    const all = [...layers];
    const some = all.some((layer) => layer.relativeError != null || layer.sparsity != null);
    this.element.hidden = !some;
    if (some) {
      this.#error.update(lines(all, candidate, 'relativeError'));
      this.#sparsity.update(lines(all, candidate, 'sparsity'));
    }
  }
}

/** Experts of a block count together, by their mean. */
function lines(layers, candidate, measure) {
  const { blocks, kinds, at } = arrange(layers, candidate);
  const families = [...new Set(kinds.map(family))];
  const names = shortNames(families);
  return families.slice(0, MOST_LINES).map((one) => {
    const members = kinds.filter((kind) => family(kind) === one);
    return {
      label: names.get(one),
      points: blocks.map((block) => [block, mean(members.map((kind) => at(kind, block)?.[measure]))]),
    };
  });
}

function mean(values) {
  const present = values.filter((value) => value != null);
  return present.length > 0 ? present.reduce((a, b) => a + b, 0) / present.length : null;
}
