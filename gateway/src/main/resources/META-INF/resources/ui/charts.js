// Line charts: uPlot with this page's colours. Each series has a colour, a dash and a shape of its own.

import uPlot from '/webjars/uplot/dist/uPlot.esm.js';
import { ChartLegend } from './chart-legend.js';
import { SHAPES, drawPoint } from './chart-shapes.js';
import { h } from './dom.js';
import { number } from './format.js';

const COLOURS = 8;
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]];
const MOST_MARKED = 16;
const DARK = matchMedia('(prefers-color-scheme: dark)');

/**
 * A chart that follows its place's width and the colour scheme.
 *
 * `x`, `y`: `{label, log, format}`; `y.least` is the least that the axis spans; `height` in pixels.
 */
export class Chart {
  element;
  #options;
  #place = h('div', { class: 'chart-place' });
  #legend;
  #plot = null;
  #shown = '';
  #series = [];
  #data = [];

  constructor(title, options, signal) {
    this.#options = { height: 220, ...options };
    this.#legend = new ChartLegend(options);
    this.element = h('figure', { class: 'chart' }, h('figcaption', null, title), this.#place, this.#legend.element);
    const size = new ResizeObserver(() => this.#resize());
    size.observe(this.#place);
    DARK.addEventListener('change', () => this.#rebuild(), { signal });
    signal.addEventListener('abort', () => {
      size.disconnect();
      this.#plot?.destroy();
    });
  }

  /** @param series `[{label, points: [[x, y]]}]`, y null where there is none */
  update(series) {
    this.#series = series;
    this.#data = table(series);
    const shape = JSON.stringify([series.map(({ label }) => label), isTall(this.#options, this.#data)]);
    if (this.#plot && shape === this.#shown) {
      this.#plot.setData(this.#data);
    } else {
      this.#shown = shape;
      this.#legend.show(series.map(({ label }, i) => ({ label, ...lookOf(i) })));
      this.#rebuild();
    }
    this.#describe();
  }

  #describe() {
    const ends = this.#series.map(({ label, points }) => `${label} ${number(points.findLast(([, y]) => y != null)?.[1])}`);
    this.#place.setAttribute('role', 'img');
    this.#place.setAttribute('aria-label', `${this.element.firstElementChild.textContent}: ${ends.join(', ')}`);
  }

  #resize() {
    const width = this.#place.clientWidth;
    if (width > 0 && !this.#plot) {
      this.#rebuild();
    } else if (this.#plot && width > 0 && width !== this.#plot.width) {
      this.#plot.setSize({ width, height: this.#options.height });
    }
  }

  #rebuild() {
    this.#plot?.destroy();
    this.#plot = null;
    const width = this.#place.clientWidth;
    if (width > 0 && this.#series.length > 0) {
      this.#plot = new uPlot(plan(this.#options, this.#series, this.#data, width, this.#legend), this.#data, this.#place);
    }
  }
}

/** Columns for uPlot: all x, then each series with gaps where it has no point. */
function table(series) {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  return [xs, ...series.map(({ points }) => {
    const ys = new Map(points);
    return xs.map((x) => ys.get(x) ?? null);
  })];
}

/** Whether a logarithmic axis is wanted and possible. */
function isTall({ y }, data) {
  const values = data.slice(1).flat().filter((value) => value !== null);
  return Boolean(y.log) && values.length > 0 && values.every((value) => value > 0)
    && Math.max(...values) > 4 * Math.min(...values);
}

function plan(options, series, data, width, legend) {
  const log = isTall(options, data);
  return {
    width,
    height: options.height,
    cursor: { points: { size: 7 }, drag: { x: false, y: false } },
    legend: { show: false },
    scales: {
      x: { time: false, range: options.x.range ?? padded },
      y: log ? { distr: 3, log: 10 } : { range: (_, low, high) => roomy(low, high, options.y.least ?? 0) },
    },
    axes: [axis(options.x, 28), { ...axis(options.y, 58), ...(log ? { values: sparse() } : {}) }],
    series: [{}, ...series.map(({ label }, i) => line(label, i))],
    hooks: { draw: [drawPoints], setCursor: [({ cursor: { idx }, data: shown }) => legend.read(shown, idx)] },
  };
}

function padded(_, low, high) {
  const room = low === high ? 0.5 : (high - low) * 0.03;
  return [low - room, high + room];
}

/** Flat lines stand in the middle, and small differences are not blown up. */
function roomy(low, high, least) {
  if (low === null) {
    return [0, 1];
  }
  const room = Math.max((high - low) * 0.12, (least - (high - low)) / 2, Math.abs(low) * 1e-3, 1e-9);
  return [low - room, high + room];
}

function axis({ label, format }, size) {
  return {
    label, size, labelSize: 20, labelGap: 0, gap: 4, space: label === undefined ? 40 : 60,
    font: `11px ${style('--font')}`, labelFont: `11px ${style('--font')}`,
    stroke: style('--muted'), grid: { stroke: style('--line'), width: 1 }, ticks: { show: false },
    values: (_, ticks, __, ___, step) => ticks.map((t) => (format ? format(t, step) : number(t, 3))),
  };
}

/** On a logarithmic axis 1, 2 and 5 of each decade are written. */
function sparse() {
  return (_, ticks) => ticks.map((t) => {
    const lead = t === null ? 0 : Math.round(t / 10 ** Math.floor(Math.log10(t) + 1e-9));
    return [1, 2, 5].includes(lead) ? String(Number(t.toPrecision(2))) : '';
  });
}

function line(label, i) {
  const { colour, dash } = lookOf(i);
  return { label, stroke: colour, width: 1.6, dash, points: { show: false }, spanGaps: true };
}

/** No two of eight look alike in shape, and filled or hollow; of 32 none in colour and dash as well. */
function lookOf(i) {
  return {
    colour: style(`--c${(i % COLOURS) + 1}`),
    dash: DASHES[(i + Math.floor(i / COLOURS)) % DASHES.length],
    shape: SHAPES[i % SHAPES.length],
    hollow: Math.floor(i / SHAPES.length) % 2 === 1,
  };
}

/** Shapes stand apart: of long lines not every point is marked, and each line elsewhere. */
function drawPoints(plot) {
  const [xs, ...columns] = plot.data;
  const stride = Math.max(1, Math.ceil(xs.length / MOST_MARKED));
  const ground = style('--surface');
  columns.forEach((ys, i) => {
    const look = lookOf(i);
    ys.forEach((y, k) => y !== null && (k + i) % stride === 0
      && drawPoint(plot.ctx, look, ground, plot.valToPos(xs[k], 'x', true), plot.valToPos(y, 'y', true)));
  });
}

function style(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
