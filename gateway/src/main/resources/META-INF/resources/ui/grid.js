// The linears of a model as a grid: blocks across, kinds of linears down. State by colour and shape.

import { h, put } from './dom.js';
import { number, percent } from './format.js';
import { arrange, shortNames } from './layers.js';
import { look, mark } from './states.js';

const STEPS = 6;
const LEGEND = ['PENDING', 'QUEUED', 'RUNNING', 'SUCCEEDED', 'FALLBACK', 'FAILED', 'CANCELLED'];
const MODES = { state: 'State', relativeError: 'Relative error', sparsity: 'Sparsity' };

/** Looks of a cell; a linear that needed a fallback differs from one that did not. */
function stateOf(layer) {
  return layer.state === 'SUCCEEDED' && layer.fallback ? 'FALLBACK' : layer.state;
}

function cellLook(state) {
  return state === 'FALLBACK' ? { label: 'Fallback', ...pick(look('DEGRADED')) } : look(state);
}

function pick({ tone, shape }) {
  return { tone, shape };
}

/** The grid of one candidate's linears; `chosen` gets the name of the one that was opened. */
export class Grid {
  element = h('div', { class: 'grid-area' });
  #chosen;
  #cells = new Map();
  #plan = '';
  #at = { row: 0, column: 0 };
  #rows = [];
  #mode = 'state';
  #layers = [];
  #candidate = '';
  #selected = null;
  #legend = h('div', { class: 'legend' });
  #scroller = h('div', { class: 'grid-scroller' });
  #pair = h('div', { class: 'grid-pair' }, this.#scroller);

  constructor(chosen) {
    this.#chosen = chosen;
    this.element.append(h('div', { class: 'grid-tools' }, this.#modes(), this.#legend), this.#pair);
  }

  /** Shows something next to the grid, or below it where there is no room. */
  beside(element) {
    this.#pair.append(element);
  }

  #modes() {
    return h('fieldset', { class: 'segments' }, h('legend', { class: 'hidden-text' }, 'Colour by'),
      Object.entries(MODES).map(([mode, label]) =>
        h('label', null,
          h('input', {
            type: 'radio', name: 'grid-mode', checked: mode === this.#mode,
            onchange: () => {
              this.#mode = mode;
              this.#paint();
            },
          }),
          h('span', null, label))));
  }

  update(layers, candidate) {
    this.#layers = [...layers];
    this.#candidate = candidate;
    this.#build(arrange(this.#layers, candidate));
    this.#paint();
  }

  select(name) {
    this.#selected = name;
    this.#paint();
  }

  /** Only when the linears are other ones than before. */
  #build({ blocks, kinds, at }) {
    const plan = JSON.stringify([this.#candidate, blocks, kinds]);
    if (plan === this.#plan) {
      return;
    }
    this.#plan = plan;
    this.#cells.clear();
    this.#at = { row: 0, column: 0 };
    const names = shortNames(kinds);
    this.#rows = kinds.map((kind, row) => blocks.map((block, column) => this.#cell(at(kind, block), row, column)));
    put(this.#scroller, h('table', {
      class: 'grid', role: 'grid', 'aria-label': 'Linears by block and kind', 'data-density': density(blocks.length),
      onkeydown: (e) => this.#key(e),
    },
    h('thead', null, h('tr', { role: 'row' },
      h('th', { scope: 'col', class: 'corner' }, 'Block'),
      blocks.map((block, i) => h('th', { scope: 'col', 'data-label': labelled(i, blocks.length) }, String(block))))),
    h('tbody', null, kinds.map((kind, row) =>
      h('tr', { role: 'row' }, h('th', { scope: 'row', title: kind }, names.get(kind)), this.#rows[row])))));
  }

  #cell(layer, row, column) {
    if (!layer) {
      return h('td', { role: 'gridcell', class: 'absent', 'aria-label': 'not pruned' });
    }
    const cell = h('td', {
      role: 'gridcell', tabindex: row === 0 && column === 0 ? '0' : '-1',
      onclick: () => {
        this.#focus(row, column);
        this.#chosen(layer.name);
      },
    }, h('span', { class: 'mark', 'aria-hidden': 'true' }));
    this.#cells.set(layer.name, cell);
    return cell;
  }

  #paint() {
    const scale = this.#scale();
    for (const layer of this.#layers) {
      const cell = this.#cells.get(layer.name);
      if (cell) {
        paintCell(cell, layer, scale, layer.name === this.#selected);
      }
    }
    put(this.#legend, scale ? scaleLegend(scale) : this.#stateLegend());
  }

  #stateLegend() {
    const shown = new Set(this.#layers.map(stateOf));
    return LEGEND.filter((state) => shown.has(state)).map((state) =>
      h('span', { class: 'legend-item' }, state === 'FALLBACK' ? mark('DEGRADED') : mark(state), cellLook(state).label));
  }

  /** The range of the shown measure, null when states are shown. */
  #scale() {
    if (this.#mode === 'state') {
      return null;
    }
    const values = this.#layers
      .filter((layer) => this.#cells.has(layer.name) && layer[this.#mode] != null)
      .map((layer) => layer[this.#mode]);
    const log = this.#mode === 'relativeError';
    const positive = log ? values.filter((value) => value > 0) : values;
    return { mode: this.#mode, log, low: Math.min(...positive), high: Math.max(...positive), some: positive.length > 0 };
  }

  #key(event) {
    const { row, column } = this.#at;
    const last = { row: this.#rows.length - 1, column: this.#rows[0].length - 1 };
    const moves = {
      ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
      Home: [event.ctrlKey ? 0 : row, 0], End: [event.ctrlKey ? last.row : row, last.column],
      PageUp: [0, column], PageDown: [last.row, column],
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      this.#focus(Math.max(0, Math.min(last.row, move[0])), Math.max(0, Math.min(last.column, move[1])));
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.#rows[row][column].click();
    }
  }

  #focus(row, column) {
    this.#rows[this.#at.row][this.#at.column].tabIndex = -1;
    this.#at = { row, column };
    const cell = this.#rows[row][column];
    cell.tabIndex = 0;
    cell.focus();
  }
}

/** Only what changed: a model of experts has thousands of cells. */
function paintCell(cell, layer, scale, selected) {
  const state = stateOf(layer);
  const step = scale?.some && layer[scale.mode] != null ? stepOf(layer[scale.mode], scale) : '';
  const shown = [state, step, selected, layer.relativeError].join();
  if (cell.dataset.shown === shown) {
    return;
  }
  const { label, tone, shape } = cellLook(state);
  const words = describe(layer, label);
  Object.assign(cell.dataset, { shown, state });
  cell.title = words;
  cell.setAttribute('aria-label', words);
  cell.setAttribute('aria-selected', String(selected));
  const drawn = cell.firstElementChild.dataset;
  Object.assign(drawn, { tone, shape, step });
  if (step === '') {
    delete drawn.step;
  }
}

function describe({ block, name, relativeError, sparsity }, label) {
  const measured = relativeError == null ? '' : `, relative error ${number(relativeError, 3)}, sparsity ${percent(sparsity)}`;
  return `block ${block}, ${name}: ${label.toLowerCase()}${measured}`;
}

function stepOf(value, { log, low, high }) {
  const at = log ? (x) => Math.log(Math.max(x, low)) : (x) => x;
  const share = high > low ? (at(value) - at(low)) / (at(high) - at(low)) : 0;
  return Math.max(0, Math.min(STEPS - 1, Math.floor(share * STEPS)));
}

function scaleLegend({ mode, low, high, some }) {
  if (!some) {
    return h('span', { class: 'legend-item' }, 'Nothing is measured yet');
  }
  const write = mode === 'sparsity' ? (x) => percent(x, 2) : (x) => number(x, 3);
  return [
    h('span', { class: 'legend-item' }, write(low)),
    h('span', { class: 'ramp', 'aria-hidden': 'true' },
      Array.from({ length: STEPS }, (_, i) => h('span', { class: 'mark', 'data-shape': 'full', 'data-step': i }))),
    h('span', { class: 'legend-item' }, write(high)),
  ];
}

/** How closely the columns stand. */
function density(columns) {
  const [, name] = [[8, 'large'], [16, 'wide'], [40, 'middle'], [64, 'close'], [Infinity, 'closest']].find(([most]) => columns <= most);
  return name;
}

/** Numbers above every column, or above every fourth. */
function labelled(i, columns) {
  return columns <= 40 || i % 4 === 0 ? 'shown' : 'spared';
}
