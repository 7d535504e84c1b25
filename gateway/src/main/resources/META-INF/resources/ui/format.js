// How numbers, times and names are written.

const NARROW = '\u202f';
const DASH = '–';
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** A measured value to so many significant digits, `–` if there is none. */
export function number(value, digits = 4) {
  if (!isNumber(value)) {
    return DASH;
  }
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
    return value.toExponential(2).replace('e', ' e');
  }
  const whole = size < 1 ? 0 : Math.floor(Math.log10(size)) + 1;
  return value.toFixed(Math.max(0, Math.min(4, digits - whole)));
}

function isNumber(value) {
  return typeof value === 'number' && Number.isFinite(value);
}

/** A count with thin spaces between thousands. */
export function count(value) {
  return isNumber(value) ? String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, NARROW) : DASH;
}

/** A share as per cent. */
export function percent(share, decimals = 1) {
  return isNumber(share) ? `${(100 * share).toFixed(decimals)}${NARROW}%` : DASH;
}

/** A number on an axis whose ticks are `step` apart. */
export function tickNumber(value, step) {
  return step ? value.toFixed(Math.max(0, Math.min(6, Math.ceil(-Math.log10(step) - 1e-9)))) : number(value);
}

/** A share on an axis whose ticks are `step` apart: as many decimals as tell them apart. */
export function tickPercent(share, step) {
  return percent(share, step ? Math.max(0, Math.min(3, Math.ceil(-Math.log10(100 * step) - 1e-9))) : 2);
}

export function bytes(value) {
  if (!isNumber(value)) {
    return DASH;
  }
  let unit = 0;
  let size = value;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? size : number(size, 3)}${NARROW}${UNITS[unit]}`;
}

/** Milliseconds as people say them: `840 ms`, `4.2 s`, `3 min 05 s`, `2 h 10 min`. */
export function duration(millis) {
  if (!isNumber(millis)) {
    return DASH;
  }
  if (millis < 1000) {
    return `${Math.max(0, Math.round(millis))}${NARROW}ms`;
  }
  const seconds = millis / 1000;
  if (seconds < 60) {
    return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)}${NARROW}s`;
  }
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}${NARROW}min ${two(seconds % 60)}${NARROW}s`
    : `${Math.floor(minutes / 60)}${NARROW}h ${two(minutes % 60)}${NARROW}min`;
}

function two(value) {
  return String(Math.floor(value)).padStart(2, '0');
}

/** How long ago: `12 s ago`, `3 min ago`; older than a day, the date. */
export function ago(instant) {
  const seconds = Math.max(0, (Date.now() - Date.parse(instant)) / 1000);
  if (seconds < 60) {
    return `${Math.floor(seconds)}${NARROW}s ago`;
  }
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)}${NARROW}min ago`;
  }
  return seconds < 86400 ? `${Math.floor(seconds / 3600)}${NARROW}h ago` : date(instant);
}

export function clock(instant) {
  return CLOCK.format(new Date(instant));
}

export function date(instant) {
  return DAY.format(new Date(instant));
}

/** The last part of a model's URI: what people call it. */
export function modelName(uri) {
  const path = (uri ?? '').replace(/#.*$/, '').replace(/\/+$/, '');
  return path.slice(path.lastIndexOf('/') + 1) || path || DASH;
}

/** `50 %` or `2:4`. */
function target(one) {
  return one.pattern ?? percent(one.sparsity, Number.isInteger(100 * one.sparsity) ? 0 : 1);
}

/** The targets of a request's method. */
export function targets(method) {
  return (method.targets ?? [method]).map(target).join(', ');
}

export function methodName(method) {
  const name = { SPARSEGPT: 'SparseGPT', WANDA: 'Wanda', MAGNITUDE: 'Magnitude' };
  return name[String(method.name).toUpperCase()] ?? String(method.name);
}

/** What a request's method does otherwise than the paper's. */
export function extras({ quantization, allocation, refit, propagation }) {
  return [
    quantization && `${quantization.bits} bits`,
    allocation && allocation !== 'uniform' && `${allocation} allocation`,
    refit && `refit ${refit.mode}`,
    propagation && propagation !== 'sequential' && `${propagation} propagation`,
  ].filter(Boolean);
}
