package io.sparsemesh.engine.model;

import io.sparsemesh.engine.matrix.Matrix;

/// One model of a family: its sizes and how it computes. Holds no weights and has no state.
public interface Architecture {

    ModelDescription description();

    /// Embeds tokens.
    ///
    /// @param ids whole sequences, one id per row of `hidden`
    /// @param hidden input of block 0, `[tokens x hidden size]`, written
    void embed(Pass pass, int[] ids, Matrix hidden);

    /// Runs one block.
    ///
    /// @param hidden `[tokens x hidden size]`, the block's input, replaced by its output
    void forward(Pass pass, BlockDescription block, Matrix hidden);

    /// What comes between the last block and the head: the final norm.
    ///
    /// @param hidden output of the last block
    /// @return input of the head, `[tokens x head inputs]`, scratch memory of the pass
    Matrix beforeHead(Pass pass, Matrix hidden);

    /// What comes after the head: nothing, unless the model bounds its logits.
    ///
    /// @param logits `[tokens x vocabulary]`, replaced
    default void afterHead(Pass pass, Matrix logits) {}
}
