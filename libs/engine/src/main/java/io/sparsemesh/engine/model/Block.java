package io.sparsemesh.engine.model;

import io.sparsemesh.engine.matrix.Matrix;
import java.util.Set;

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
    /// sequences run in batches that depend on the device, `length` and their number only.
    public void forward(Matrix hidden, long length, LinearObserver observer) {
        run(hidden, length, Observation.of(observer, ""));
    }

    /// Shows `observer` what enters the linears and computes nothing beyond that.
    ///
    /// @param hidden the block's input; unspecified afterwards
    public void observe(Matrix hidden, long length, LinearObserver observer) {
        run(hidden, length, Observation.of(observer, description.groups().getLast().name()));
    }

    /// Shows `observer` what would enter the linears of some experts if the router sent them every
    /// token.
    ///
    /// @param hidden the block's input; unspecified afterwards
    /// @param groups names of routed groups, at least one; no others are shown
    public void observeEveryToken(
            Matrix hidden, long length, Set<String> groups, LinearObserver observer) {
        if (groups.isEmpty() || !groups.stream().allMatch(g -> description.group(g).routed())) {
            throw new IllegalArgumentException("expected routed groups, found " + groups);
        }
        run(hidden, length, new Observation(observer, "", Set.copyOf(groups)));
    }

    private void run(Matrix hidden, long length, Observation observation) {
        model.forEachBatch(
                hidden,
                length,
                (rows, first) -> {
                    boolean last = first + rows.rows() == hidden.rows();
                    Pass pass = model.pass(weights, rows.rows(), length, observation, last);
                    model.architecture().forward(pass, description, rows);
                });
    }

    @Override
    public void close() {
        weights.close();
    }
}
