// Perplexity and accuracy, dense and pruned, as far as they are measured.

import { Chart } from './charts.js';
import { h, put, svg } from './dom.js';
import { count, number, percent, tickNumber, tickPercent } from './format.js';
import { evaluationKey } from './job-store.js';
import { badge } from './states.js';

const BLOCK = /^pruned-b(\d+)$/;
const ACCURACIES = ['acc', 'acc_norm'];

/** The perplexity of a suite's metrics: by word, if the suite measures so. */
export function perplexity(metrics) {
  return metrics?.perplexity ?? metrics?.word_perplexity;
}

export class Quality {
  element = h('div', { class: 'stack' });
  #signal;
  #charts = new Map();
  #table = h('div');
  #curves = h('div', { class: 'chart-pair' });
  #bars = h('div', { class: 'bars' });

  constructor(signal) {
    this.#signal = signal;
    this.element.append(this.#table, this.#curves, this.#bars);
  }

  update(store) {
    const results = [...store.evaluations.values()];
    const suites = results.filter((r) => r.suite === 'perplexity');
    const whole = suites.filter((r) => !BLOCK.test(r.variant));
    put(this.#table, whole.length > 0 && perplexityTable(whole));
    this.#showCurves(suites, whole, store.curves);
    put(this.#bars, accuracyBars(results.filter((r) => r.suite !== 'perplexity')));
  }

  #showCurves(suites, whole, curves) {
    for (const task of new Set(suites.map((r) => r.task))) {
      const mine = whole.filter((r) => r.task === task);
      this.#chart(`Perplexity of ${task} while it is measured`,
        { x: { label: 'Share of the text', format: tickPercent, range: [0, 1.02] }, y: { log: true, format: tickNumber } },
        mine.map((r) => ({ label: r.variant, points: (curves.get(evaluationKey(r)) ?? []).map(({ share, value }) => [share, value]) })));
      this.#chart(`Perplexity of ${task} after each pruned block`,
        { x: { label: 'Block', format: (b) => (Number.isInteger(b) ? String(b) : '') }, y: { log: true, format: tickNumber } },
        [{ label: 'up to this block', points: byBlock(suites.filter((r) => r.task === task)) }]);
    }
  }

  #chart(name, options, series) {
    const some = series.filter(({ points }) => points.length > 0);
    if (some.length > 0) {
      if (!this.#charts.has(name)) {
        const chart = new Chart(name, options, this.#signal);
        this.#charts.set(name, chart);
        this.#curves.append(chart.element);
      }
      this.#charts.get(name).update(some);
    }
  }
}

function byBlock(results) {
  return results
    .filter((r) => BLOCK.test(r.variant) && perplexity(r.metrics) !== undefined)
    .map((r) => [Number(BLOCK.exec(r.variant)[1]), perplexity(r.metrics)])
    .sort(([a], [b]) => a - b);
}

function perplexityTable(results) {
  const variants = [...new Set(results.map((r) => r.variant))];
  const others = variants.filter((v) => v !== 'dense');
  const find = (task, variant) => results.find((r) => r.task === task && r.variant === variant);
  return h('div', { class: 'table-area' }, h('table', { class: 'table figures' },
    h('caption', null, 'Perplexity'),
    h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Suite'),
      variants.map((v) => h('th', { scope: 'col', class: 'right' }, v)),
      others.length === 1 && variants.length === 2 && h('th', { scope: 'col', class: 'right' }, 'Ratio'))),
    h('tbody', null, [...new Set(results.map((r) => r.task))].map((task) =>
      h('tr', null, h('th', { scope: 'row' }, task),
        variants.map((v) => h('td', { class: 'right' }, value(find(task, v)))),
        others.length === 1 && variants.length === 2
          && h('td', { class: 'right' }, ratio(find(task, 'dense'), find(task, others[0]))))))));
}

function value(result) {
  if (!result) {
    return '–';
  }
  const measured = number(perplexity(result.metrics));
  return result.state === 'SUCCEEDED'
    ? h('span', { class: 'figure' }, measured)
    : [h('span', { class: 'figure partial' }, measured === '–' ? '' : measured), ' ', badge(result.state)];
}

function ratio(dense, pruned) {
  const share = perplexity(pruned?.metrics) / perplexity(dense?.metrics);
  return Number.isFinite(share) ? `× ${share.toFixed(3)}` : '–';
}

/** Accuracy of each task and measure, a bar for each variant, with its standard error. */
function accuracyBars(results) {
  const tasks = [...new Set(results.map((r) => r.task))];
  return tasks.map((task) => {
    const mine = results.filter((r) => r.task === task);
    const measures = ACCURACIES.filter((m) => mine.some((r) => r.metrics[m] !== undefined));
    return h('figure', { class: 'bar-group' },
      h('figcaption', null, task, h('span', { class: 'muted' }, ` ${items(mine)}`)),
      measures.length === 0
        ? h('p', { class: 'muted' }, badge(mine[0].state))
        : measures.map((m) => [h('p', { class: 'bar-measure' }, m), mine.map((r, i) => bar(r, m, i))]));
  });
}

function items(results) {
  const most = Math.max(...results.map((r) => r.items));
  return most > 0 ? `${count(most)} items` : '';
}

function bar(result, measure, index) {
  const share = result.metrics[measure];
  if (share === undefined) {
    return h('div', { class: 'bar-row' }, h('span', { class: 'bar-name' }, result.variant), badge(result.state));
  }
  const error = result.metrics[`${measure}_stderr`] ?? 0;
  const words = `${percent(share)}${error ? ` ± ${percent(error)}` : ''}`;
  return h('div', { class: 'bar-row', 'data-partial': result.state !== 'SUCCEEDED' },
    h('span', { class: 'bar-name' }, result.variant),
    svg('svg', { class: 'bar', viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      svg('rect', { class: 'bar-ground', width: 100, height: 10 }),
      svg('rect', { class: 'bar-value', 'data-variant': result.variant === 'dense' ? 'dense' : `pruned-${index}`, y: 1.5, width: 100 * share, height: 7 }),
      error > 0 && whisker(share, error)),
    h('span', { class: 'bar-figure' }, words));
}

function whisker(share, error) {
  const [low, high] = [Math.max(0, share - error), Math.min(1, share + error)].map((x) => 100 * x);
  return svg('path', { class: 'whisker', d: `M${low} 5H${high}M${low} 2.5V7.5M${high} 2.5V7.5`, 'vector-effect': 'non-scaling-stroke' });
}
