// Fields of a form, each with its label, hint and the place for what the API says about it.

import { h, text } from './dom.js';

let numbered = 0;

/** A labelled control for the value at a JSON pointer. */
export class Field {
  element;
  #control;
  #error;

  constructor(pointer, label, control, hint) {
    const id = `field-${++numbered}`;
    this.pointer = pointer;
    this.#control = control;
    this.#error = h('p', { class: 'field-error', id: `${id}-error`, hidden: true });
    control.id = id;
    control.setAttribute('aria-describedby', `${id}-error${hint ? ` ${id}-hint` : ''}`);
    const words = h('label', { for: id }, label);
    const check = control.type === 'checkbox';
    this.element = h('div', { class: check ? 'field check' : 'field', 'data-pointer': pointer },
      check ? [control, words] : [words, control],
      hint && h('p', { class: 'hint', id: `${id}-hint` }, hint), this.#error);
    control.addEventListener('input', () => this.say(null));
  }

  get control() {
    return this.#control;
  }

  get label() {
    return this.element.querySelector('label').textContent;
  }

  /** Text without blanks around it, a check's state; undefined if empty. */
  get value() {
    if (this.#control.type === 'checkbox') {
      return this.#control.checked;
    }
    return this.#control.value.trim() || undefined;
  }

  set value(value) {
    if (this.#control.type === 'checkbox') {
      this.#control.checked = Boolean(value);
    } else {
      this.#control.value = value ?? '';
    }
  }

  /** As a number where it is one; else as typed, for the API to refuse with its own words. */
  get number() {
    const value = this.value;
    return value === undefined || value === '' || Number.isNaN(Number(value)) ? value : Number(value);
  }

  /** Shows what is wrong with it, or nothing. */
  say(words) {
    text(this.#error, words ?? '');
    this.#error.hidden = !words;
    words ? this.#control.setAttribute('aria-invalid', 'true') : this.#control.removeAttribute('aria-invalid');
  }
}

export function textInput(placeholder, attributes) {
  return h('input', { type: 'text', placeholder, autocomplete: 'off', spellcheck: 'false', ...attributes });
}

export function numberInput(placeholder) {
  return textInput(placeholder, { inputmode: 'decimal', class: 'short' });
}

/** @param options `[[value, label]]`, the first of which is chosen */
export function select(options) {
  return h('select', null, options.map(([value, label]) => h('option', { value }, label)));
}

export function checkbox(checked) {
  return h('input', { type: 'checkbox', checked });
}

/** Fields of one subject. */
export function group(legend, hint, ...children) {
  return h('fieldset', { class: 'group' }, h('legend', null, legend), hint && h('p', { class: 'muted' }, hint), children);
}

export function row(...fields) {
  return h('div', { class: 'row' }, fields.map((field) => field.element ?? field));
}

/** The field of an error: the one that it names or lies in, the closest first; else the first of what it names. */
export function nearest(fields, pointer) {
  const around = fields.filter((field) => field.pointer !== '' && lies(pointer, field.pointer));
  const within = fields.filter((field) => field.pointer !== '' && lies(field.pointer, pointer));
  return around.sort((a, b) => b.pointer.length - a.pointer.length)[0]
    ?? within[0] ?? fields.find((field) => field.pointer === '') ?? null;
}

function lies(pointer, place) {
  return pointer === place || pointer.startsWith(`${place}/`);
}
