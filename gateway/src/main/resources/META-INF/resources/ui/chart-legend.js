// The legend below a chart: what the lines are, and their values under the pointer.

import { sample } from './chart-shapes.js';
import { h, put, text } from './dom.js';
import { number } from './format.js';

export class ChartLegend {
  element = h('ul', { class: 'chart-legend' });
  #options;
  #values = [];
  #at = h('li', { class: 'chart-at', hidden: true });

  constructor(options) {
    this.#options = options;
  }

  /** @param lines `[{label, colour, dash, shape, hollow}]` */
  show(lines) {
    this.#values = lines.map(() => h('b'));
    put(this.element, this.#at, lines.map((line, i) => h('li', null, sample(line), line.label, this.#values[i])));
  }

  /** Values at a place of the data, none if the pointer is elsewhere. */
  read([xs, ...columns], index) {
    const { x, y } = this.#options;
    const here = index !== null && index !== undefined;
    this.#at.hidden = !here;
    text(this.#at, here ? `${x.label} ${(x.format ?? String)(xs[index])}` : '');
    this.#values.forEach((value, i) => {
      const found = here ? columns[i]?.[index] : null;
      text(value, found === null || found === undefined ? '' : (y.format ?? number)(found));
    });
  }
}
