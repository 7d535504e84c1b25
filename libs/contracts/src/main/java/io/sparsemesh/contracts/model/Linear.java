package io.sparsemesh.contracts.model;

/// One linear layer of a block.
///
/// @param name tensor name in the checkpoint without `.weight`; in an [Architecture], with `{b}`
///     in place of the block's number
/// @param inputs columns of the weight matrix as `y = W x` reads it
/// @param outputs rows of the weight matrix
public record Linear(String name, long inputs, long outputs) {

    public static final String BLOCK = "{b}";

    /// This linear in block `block`.
    public Linear in(int block) {
        return new Linear(name.replace(BLOCK, Integer.toString(block)), inputs, outputs);
    }

    public long weights() {
        return inputs * outputs;
    }
}
