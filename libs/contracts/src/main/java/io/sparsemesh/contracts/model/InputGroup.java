package io.sparsemesh.contracts.model;

import java.util.List;

/// Linears of a block that are fed by the same activations, and so share one Gram matrix.
///
/// @param name short name within the block, such as `qkv` or `fc1`; `A-Z a-z 0-9 . _` only
/// @param inputs width of the shared input
/// @param linears in the order in which the block has them
public record InputGroup(String name, long inputs, List<Linear> linears) {

    public InputGroup {
        linears = List.copyOf(linears);
    }

    public InputGroup in(int block) {
        return new InputGroup(name, inputs, linears.stream().map(l -> l.in(block)).toList());
    }
}
