// Server-sent events, read from text as it comes. (EventSource cannot send an Authorization header.)

/** Takes parts of a stream, cut anywhere, and gives its events: `{id, type, data}`. */
export class SseParser {
  #rest = '';
  #data = [];
  #type = '';
  #id = '';

  /** The events that this part completes. */
  feed(part) {
    const events = [];
    // A carriage return at the end may be half of a line's end.
    const all = this.#rest + part;
    const end = all.endsWith('\r') ? all.length - 1 : all.length;
    const lines = all.slice(0, end).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() + all.slice(end);
    lines.forEach((line) => this.#line(line, events));
    return events;
  }

  #line(line, events) {
    if (line === '') {
      this.#dispatch(events);
    } else if (!line.startsWith(':')) {
      const colon = line.indexOf(':');
      const name = colon < 0 ? line : line.slice(0, colon);
      this.#field(name, colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, ''));
    }
  }

  #field(name, value) {
    if (name === 'data') {
      this.#data.push(value);
    } else if (name === 'event') {
      this.#type = value;
    } else if (name === 'id' && !value.includes('\0')) {
      this.#id = value;
    }
  }

  #dispatch(events) {
    if (this.#data.length > 0) {
      events.push({ id: this.#id, type: this.#type || 'message', data: this.#data.join('\n') });
    }
    this.#data = [];
    this.#type = '';
  }
}
