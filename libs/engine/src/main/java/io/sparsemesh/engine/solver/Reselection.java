package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.ColumnBlock;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Rounding;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;

/// Chooses the mask of fitted weights anew. SparseGPT decides from left to right and never goes
/// back; once the weights are fitted, the gradient `G = (T - Q) H` says what each weight that went
/// would do now: alone, `G_rc / H_cc` would be its value. With these values in place of the zeros,
/// those with the least `V_rc^2 H_cc`, what each costs alone, go in each column block; as many as
/// before. Then the weights that stay are fitted again.
///
/// @param target T `[rows x n]`
record Reselection(
        Device device,
        GramFactor factor,
        SolverOptions options,
        RefitOptions refit,
        Matrix target) {

    /// Q becomes the better weights if there are any.
    ///
    /// @param q fitted weights `[rows x n]`
    /// @param g as Q, overwritten
    /// @param energy their `tr((T - Q) H (T - Q)^T)`
    /// @return by how much it fell, and the steps taken
    MaskedRefit.Gain run(Matrix q, Matrix g, double energy) {
        double[] diagonal = factor.dampedDiagonal(device);
        try (Arena arena = Arena.ofShared()) {
            Matrix v = device.scratch(arena, q.rows(), q.cols());
            try (Arena scratch = Arena.ofShared()) {
                gradient(scratch, q, g);
                Matrix d = device.scratch(scratch, 1, q.cols());
                HostValues.upload(device, (_, c) -> diagonal[c], d);
                device.pruning().propose(q, g, d, v);
            }
            choose(v, diagonal);
            double start;
            try (Arena scratch = Arena.ofShared()) {
                start = gradient(scratch, v, g);
            }
            MaskedRefit.Gain gain = MaskedRefit.run(device, factor, refit, v, g);
            double gained = energy - start + gain.energy();
            if (gained > 0) {
                device.blas().addScaled(1, v, 0, q);
                return new MaskedRefit.Gain(gained, gain.steps());
            }
            return new MaskedRefit.Gain(0, gain.steps());
        }
    }

    /// `G := (T - Q) H`.
    ///
    /// @return `tr((T - Q) H (T - Q)^T)`
    private double gradient(Arena scratch, Matrix q, Matrix g) {
        Matrix gap = device.scratch(scratch, q.rows(), q.cols());
        device.blas().addScaled(1, target, 0, gap);
        device.blas().addScaled(-1, q, 1, gap);
        factor.multiplyDamped(device, gap, g);
        return device.blas().dot(gap, g);
    }

    /// SparseGPT's own choice by column blocks, with an H that is its diagonal: U has its inverse
    /// roots, and no error is passed on.
    private void choose(Matrix v, double[] diagonal) {
        SparseGptSolver.Choice choice = SparseGptSolver.choice(options, v.rows());
        for (int i = 0; i < v.cols(); i += options.blockSize()) {
            int end = Math.min(i + options.blockSize(), diagonal.length);
            try (Arena arena = Arena.ofShared()) {
                ColumnBlock block =
                        new ColumnBlock(
                                v.columns(i, end),
                                device.allocate(arena, end - i, v.rows()),
                                device.scratch(arena, end - i, v.rows()),
                                inverseRoots(arena, diagonal, i, end));
                device.pruning().pruneBlock(block, choice.of(i, end), Rounding.NONE);
            }
        }
    }

    private Matrix inverseRoots(Arena arena, double[] diagonal, int from, int to) {
        Matrix u = device.scratch(arena, to - from, to - from);
        HostValues.upload(device, (r, c) -> r == c ? 1 / Math.sqrt(diagonal[from + c]) : 0, u);
        return u;
    }
}
