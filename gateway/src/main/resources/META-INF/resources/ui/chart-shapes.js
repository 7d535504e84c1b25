// The shapes of a chart's points, on the canvas and in the legend.

import { svg } from './dom.js';

export const SHAPES = ['circle', 'square', 'triangle', 'diamond'];

const RADIUS = 3.2;

/** Draws one point; a hollow one is filled with the ground's colour. */
export function drawPoint(ctx, { colour, shape, hollow }, ground, x, y) {
  const radius = RADIUS * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  if (shape === 'circle') {
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
  } else {
    corners(shape, radius).forEach(([dx, dy], i) => ctx[i === 0 ? 'moveTo' : 'lineTo'](x + dx, y + dy));
  }
  ctx.closePath();
  ctx.fillStyle = hollow ? ground : colour;
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.4 * devicePixelRatio;
  ctx.fill();
  ctx.stroke();
  ctx.restore();
}

/** The same with a piece of the line, for a legend. */
export function sample({ colour, dash, shape, hollow }) {
  const look = { stroke: colour, 'stroke-width': 1.6 };
  const filled = { ...look, fill: hollow ? 'var(--surface)' : colour };
  return svg('svg', { viewBox: '0 0 28 12', width: 28, height: 12, 'aria-hidden': 'true' },
    svg('path', { ...look, d: 'M0 6H28', 'stroke-dasharray': dash.join(' ') || 'none' }),
    shape === 'circle'
      ? svg('circle', { ...filled, cx: 14, cy: 6, r: RADIUS })
      : svg('polygon', { ...filled, points: corners(shape, RADIUS).map(([x, y]) => `${14 + x},${6 + y}`).join(' ') }));
}

function corners(shape, r) {
  const s = 0.9 * r;
  const d = 1.25 * r;
  switch (shape) {
    case 'square': return [[-s, -s], [s, -s], [s, s], [-s, s]];
    case 'triangle': return [[0, -d], [d, s], [-d, s]];
    default: return [[0, -d], [d, 0], [0, d], [-d, 0]];
  }
}
