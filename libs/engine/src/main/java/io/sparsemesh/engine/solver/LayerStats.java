package io.sparsemesh.engine.solver;

import java.util.OptionalDouble;

/// What pruning did to a matrix.
///
/// @param weights number of weights
/// @param zeros number of weights equal to 0 afterwards
/// @param loss SparseGPT's own sum of `(w - q)^2 / U_cc^2 / 2`; 0 for other methods
/// @param relativeOutputError `|X W^T - X Q^T|^2 / |X W^T|^2` on the calibration inputs, which is
///     `tr(D H D^T) / tr(W H W^T)` with `D = W - Q` and H not damped; empty where no H was
///     given or it was not asked for
public record LayerStats(
        long weights, long zeros, double loss, OptionalDouble relativeOutputError) {

    /// Achieved sparsity: the share of weights equal to 0.
    public double sparsity() {
        return weights == 0 ? 0 : (double) zeros / weights;
    }
}
