// Rows of fields that can be added and taken away: suites and tasks of a request.

import { h, put } from './dom.js';
import { Field, numberInput, row, select, textInput } from './form.js';
import { compact, fileUri } from './json.js';

const PROTOCOLS = [['gptq', 'gptq: the paper'], ['lm-eval', 'lm-eval']];

export class Rows {
  element = h('div', { class: 'rows' });
  #list = h('div', { class: 'stack' });
  #rows = [];
  #label;
  #make;
  #pointer;

  constructor(label, pointer, make) {
    this.#label = label;
    this.#make = make;
    this.#pointer = pointer;
    this.element.append(this.#list, h('button', {
      class: 'button', type: 'button', onclick: () => this.add().fields[0].control.focus(),
    }, `Add a ${label.toLowerCase()}`));
  }

  add() {
    const made = { ...this.#make() };
    made.element = h('div', { class: 'repeat', role: 'group', 'aria-label': this.#label }, row(...made.fields),
      h('button', { class: 'button quiet', type: 'button', 'aria-label': `Remove this ${this.#label.toLowerCase()}`,
        onclick: () => this.#remove(made) }, 'Remove'));
    this.#rows.push(made);
    this.#draw();
    return made;
  }

  #remove(made) {
    this.#rows.splice(this.#rows.indexOf(made), 1);
    this.#draw();
    this.element.lastElementChild.focus();
  }

  /** Places in the request count the rows that say something. */
  #draw() {
    put(this.#list, this.#rows.map(({ element }) => element));
  }

  fields() {
    this.#rows.filter((made) => made.value()).forEach((made, i) =>
      made.fields.forEach((field) => (field.pointer = `${this.#pointer}/${i}/${field.name}`)));
    return this.#rows.flatMap(({ fields }) => fields);
  }

  values() {
    return this.#rows.map((made) => made.value()).filter(Boolean);
  }

  fill(values) {
    this.#rows = [];
    this.#draw();
    values.forEach((value) => this.add().set(value));
  }
}

function named(name, label, control) {
  return Object.assign(new Field(`/${name}`, label, control), { name });
}

/** A perplexity suite. */
export function suiteRow() {
  const [name, source, protocol, length, tensor] = [
    named('name', 'Suite', textInput('wikitext2')), named('uri', 'Texts', textInput('/data/wiki.test.raw')),
    named('protocol', 'Protocol', select(PROTOCOLS)), named('sequenceLength', 'Tokens', numberInput('model’s')),
    named('tensor', 'Tensor', textInput('input_ids')),
  ];
  return {
    fields: [name, source, protocol, length, tensor],
    value: () => (name.value || source.value
      ? compact({ name: name.value, uri: fileUri(source.value), tensor: tensor.value, protocol: protocol.value, sequenceLength: length.number }) : null),
    set: (suite) => {
      [name, source, protocol, length, tensor].forEach((field) => (field.value = suite[field.name]));
    },
  };
}

/** A zero-shot task. */
export function taskRow() {
  const [name, source] = [named('name', 'Task', textInput('piqa')), named('uri', 'Items', textInput('/data/piqa.jsonl'))];
  return {
    fields: [name, source],
    value: () => (name.value || source.value ? compact({ name: name.value, uri: fileUri(source.value) }) : null),
    set: (task) => [name, source].forEach((field) => (field.value = task[field.name])),
  };
}
