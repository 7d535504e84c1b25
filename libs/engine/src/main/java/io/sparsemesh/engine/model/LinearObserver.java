package io.sparsemesh.engine.model;

import io.sparsemesh.engine.matrix.Matrix;

/// Sees the activations that enter the linear layers of a block.
@FunctionalInterface
public interface LinearObserver {

    /// Sees nothing.
    LinearObserver NONE = (group, input) -> {};

    /// Called before the linears of `group` run, once for each batch of sequences; for a routed
    /// group only where a token of the batch gets to it.
    ///
    /// @param input `[tokens x inputs]` in device memory, valid during the call, not to be changed
    void observe(InputGroup group, Matrix input);

    /// Called once, when the last batch has been shown: there will be no more of this group.
    default void completed(InputGroup group) {}
}
