// The filters of the list of jobs: states, the model's name or URI, one label.

import { h } from './dom.js';
import { JOB_STATES, look, mark } from './states.js';

const TYPING_MILLIS = 300;
const LABEL = 'label.';

/** Keeps a query in step with its fields. `changed` gets whether the change is a step to come back from. */
export class JobFilters {
  element;
  #query;
  #changed;

  constructor(query, changed, clear) {
    this.#query = query;
    this.#changed = changed;
    this.element = h('form', { class: 'filters', role: 'search', 'aria-label': 'Filter jobs', onsubmit: (e) => e.preventDefault() },
      this.#states(),
      input('model', 'Model', 'name or URI', query.get('model') ?? '', (value) => this.#set('model', value)),
      input('label', 'Label', 'team=a', labelText(query), (value) => this.#setLabel(value)),
      h('button', { class: 'button quiet', type: 'button', onclick: clear }, 'Clear'));
  }

  #states() {
    const chosen = new Set((this.#query.get('state') ?? '').split(',').filter(Boolean));
    const toggle = (state, on) => {
      chosen[on ? 'add' : 'delete'](state);
      this.#set('state', [...chosen].join(','), true);
    };
    return h('fieldset', { class: 'chips' }, h('legend', { class: 'hidden-text' }, 'States'),
      JOB_STATES.map((state) =>
        h('label', { class: 'chip' },
          h('input', { type: 'checkbox', checked: chosen.has(state), onchange: (e) => toggle(state, e.target.checked) }),
          h('span', null, mark(state), look(state).label))));
  }

  #set(name, value, push = false) {
    value ? this.#query.set(name, value) : this.#query.delete(name);
    this.#changed(push);
  }

  #setLabel(value) {
    [...this.#query.keys()].filter((name) => name.startsWith(LABEL)).forEach((name) => this.#query.delete(name));
    const [name, ...rest] = value.split('=');
    if (rest.length > 0 && name.trim()) {
      this.#query.set(LABEL + name.trim(), rest.join('=').trim());
    }
    this.#changed(false);
  }
}

/** Tells what was typed, once the typing pauses. */
function input(name, label, placeholder, value, typed) {
  let timer;
  const field = h('input', {
    id: `filter-${name}`, type: 'search', placeholder, value, autocomplete: 'off', spellcheck: 'false',
    oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(() => typed(field.value.trim()), TYPING_MILLIS);
    },
  });
  return h('div', { class: 'filter' }, h('label', { for: `filter-${name}` }, label), field);
}

function labelText(query) {
  const [name, value] = [...query].find(([key]) => key.startsWith(LABEL)) ?? [];
  return name ? `${name.slice(LABEL.length)}=${value}` : '';
}
