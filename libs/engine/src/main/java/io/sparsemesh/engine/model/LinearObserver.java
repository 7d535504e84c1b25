package io.sparsemesh.engine.model;

import io.sparsemesh.engine.matrix.Matrix;

/// Sees the activations that enter the linear layers of a block.
@FunctionalInterface
public interface LinearObserver {

    /// Sees nothing.
    LinearObserver NONE = (group, input) -> {};

    /// Called before the linears of `group` run, once for each batch of sequences.
    ///
    /// @param input `[tokens x inputs]` in device memory, valid during the call, not to be changed
    void observe(InputGroup group, Matrix input);
}
