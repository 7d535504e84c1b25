// Names of linears taken apart, and put in rows of a kind and columns of a block.

/** `{candidate, kind}` of a name such as `s50/model.layers.3.self_attn.q_proj` in block 3. */
function parts({ name, block }) {
  const slash = name.indexOf('/');
  const path = name.slice(slash + 1).split('.');
  const at = path.indexOf(String(block));
  return {
    candidate: slash < 0 ? '' : name.slice(0, slash),
    kind: at < 0 ? path.join('.') : path.slice(at + 1).join('.'),
  };
}

/** Candidates of a sweep in their order; one empty name for other jobs. */
export function candidates(layers) {
  return [...new Set([...layers].map((layer) => parts(layer).candidate))];
}

/** `{blocks, kinds, at(kind, block)}` of one candidate's linears. */
export function arrange(layers, candidate) {
  const cells = new Map();
  const blocks = new Set();
  const kinds = new Set();
  for (const layer of layers) {
    const { candidate: its, kind } = parts(layer);
    if (its === candidate) {
      blocks.add(layer.block);
      kinds.add(kind);
      cells.set(`${layer.block} ${kind}`, layer);
    }
  }
  return {
    blocks: [...blocks].sort((a, b) => a - b),
    kinds: [...kinds],
    at: (kind, block) => cells.get(`${block} ${kind}`),
  };
}

/** The shortest ends of the kinds' names that still tell them apart. */
export function shortNames(kinds) {
  const last = (kind, n) => kind.split('.').slice(-n).join('.');
  return new Map(kinds.map((kind) => {
    let n = 1;
    while (last(kind, n) !== kind && kinds.some((other) => other !== kind && last(other, n) === last(kind, n))) {
      n++;
    }
    return [kind, last(kind, n)];
  }));
}

/** A kind without the numbers of experts: what a chart has a line for. */
export function family(kind) {
  return kind.split('.').map((part) => (/^\d+$/.test(part) ? '*' : part)).join('.');
}
