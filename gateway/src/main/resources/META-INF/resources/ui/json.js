// Requests as JSON: put together, laid over each other, compared.

/** Without undefined values and the objects that are left empty by that. */
export function compact(value) {
  if (Array.isArray(value) || value === null || typeof value !== 'object') {
    return value;
  }
  const entries = Object.entries(value).map(([k, v]) => [k, compact(v)]).filter(([, v]) => v !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** `over` laid on `base`: objects are merged, everything else is replaced. */
export function merge(base, over) {
  if (!isObject(base) || !isObject(over)) {
    return over === undefined ? base : over;
  }
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(base[key], over[key])]));
}

/** What must be laid on `base` to have `whole`. */
export function difference(whole, base) {
  if (!isObject(whole) || !isObject(base)) {
    return JSON.stringify(whole) === JSON.stringify(base) ? undefined : whole;
  }
  return compact(Object.fromEntries(Object.keys(whole).map((key) => [key, difference(whole[key], base[key])])));
}

function isObject(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** A path of this machine is a `file:` URI. */
export function fileUri(value) {
  return value?.startsWith('/') ? `file://${value}` : value;
}
