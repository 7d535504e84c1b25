package io.sparsemesh.engine.model;

import io.sparsemesh.engine.matrix.Matrix;

/// A transformer block with its weights on the device. Closing it frees them. Belongs to the
/// [CausalLm] that loaded it and shares its scratch memory: one call at a time.
public final class Block implements AutoCloseable {

    private final CausalLm model;
    private final BlockDescription description;
    private final Weights weights;

    Block(CausalLm model, BlockDescription description, Weights weights) {
        this.model = model;
        this.description = description;
        this.weights = weights;
    }

    public BlockDescription description() {
        return description;
    }

    /// Replaces the block's input by its output.
    ///
    /// @param hidden whole sequences `[sequences * length x hidden size]` in device memory
    /// @param length tokens of one sequence
    public void forward(Matrix hidden, long length) {
        forward(hidden, length, LinearObserver.NONE);
    }

    /// Replaces the block's input by its output and shows `observer` what enters the linears. The
    /// sequences run in batches that depend on `length` and their number only.
    public void forward(Matrix hidden, long length, LinearObserver observer) {
        run(hidden, length, observer, "");
    }

    /// Shows `observer` what enters the linears and computes nothing beyond that.
    ///
    /// @param hidden the block's input; unspecified afterwards
    public void observe(Matrix hidden, long length, LinearObserver observer) {
        run(hidden, length, observer, description.groups().getLast().name());
    }

    private void run(Matrix hidden, long length, LinearObserver observer, String unneeded) {
        model.forEachBatch(
                hidden,
                length,
                (rows, first) ->
                        model.architecture()
                                .forward(
                                        model.pass(
                                                weights, rows.rows(), length, observer, unneeded),
                                        description,
                                        rows));
    }

    @Override
    public void close() {
        weights.close();
    }
}
