// Elements from data. Whatever comes from the API becomes text nodes and attributes, never markup.

const SVG = 'http://www.w3.org/2000/svg';
const PROPERTIES = new Set(['value', 'checked', 'disabled', 'open', 'selected', 'hidden']);

/** An HTML element; `onclick` and the like are listeners, null and false attributes are left out. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Replaces the children of an element. */
export function put(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    set(element, name, value);
  }
  element.append(...flat(children));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) {
    return;
  }
  if (typeof value === 'function') {
    element.addEventListener(name.slice(2), value);
  } else if (PROPERTIES.has(name)) {
    element[name] = value;
  } else {
    element.setAttribute(name, value === true ? '' : value);
  }
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Sets a text only where it changed, so that selections and screen readers are left alone. */
export function text(element, value) {
  if (element.textContent !== value) {
    element.textContent = value;
  }
}

/** Tells screen readers what happened. */
export function announce(message) {
  document.getElementById('announcer').textContent = message;
}

/** Calls `work` once in the next frame, however often it is asked. */
export function inFrame(work) {
  let asked = false;
  return () => {
    if (!asked) {
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        work();
      });
    }
  };
}

/** Calls `work` every so many milliseconds while the page is looked at, until the signal ends it. */
export function every(millis, signal, work) {
  const timer = setInterval(() => document.visibilityState === 'visible' && work(), millis);
  signal.addEventListener('abort', () => clearInterval(timer));
}
