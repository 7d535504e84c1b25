package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Rounding;
import io.sparsemesh.engine.device.Selection;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.OptionalDouble;

/// SparseGPT, then better weights on its mask. In the letters of [SparseGptSolver], with T the
/// weights that the layer aims at:
///
/// 1. `T = W`, or with K of [DenseTarget] `T = W + W K`.
/// 2. SparseGPT prunes T: mask and weights Q.
/// 3. [MaskedRefit] brings Q nearer to T on that mask.
/// 4. Where weights are quantised, SparseGPT's error feedback rounds them once more; what is 0
///    stays 0.
/// 5. Q of step 2, quantised where asked, stays where that gained nothing.
public final class RefitSolver {

    private final Device device;
    private final GramFactor factor;
    private final SolverOptions options;
    private final RefitOptions refit;

    /// @param factor of the inputs' Gram matrix, made with the block size of `options`
    public RefitSolver(
            Device device, GramFactor factor, SolverOptions options, RefitOptions refit) {
        this.device = device;
        this.factor = factor;
        this.options = options;
        this.refit = refit;
    }

    /// @param layer name for messages
    /// @param w `[rows x cols]` in memory of the device, pruned in place
    /// @param k of [DenseTarget], or empty: then T is W
    /// @throws NumericalException as [SparseGptSolver] does
    public RefitResult solve(String layer, Matrix w, Optional<Matrix> k) {
        SparseGptSolver.checkShapes(w, factor, options);
        GramFactor.requireFinite(device.pruning(), layer, "weights", w);
        try (Arena arena = Arena.ofShared()) {
            Rounding rounding = options.quantisation().span(device, arena, w);
            Matrix target = target(arena, w, k);
            SparseGptSolver.clearDeadColumns(device, arena, w, factor.dead());
            Matrix plain = copy(arena, target);
            double loss = prune(plain, rounding, SparseGptSolver.choice(options, w.rows()));
            SparseGptSolver.requireFinite(layer, loss, factor.report().damping());
            Matrix fitted =
                    rounding == Rounding.NONE ? copy(arena, plain) : unrounded(arena, target);
            int steps = MaskedRefit.run(device, factor, refit, target, fitted);
            if (rounding != Rounding.NONE) {
                prune(fitted, rounding, (_, _) -> new Selection.Zeros());
            }
            double whole = OutputError.energy(device, w, factor.h());
            Matrix gap = difference(arena, target, fitted);
            double open = OutputError.energy(device, gap, factor.h());
            double damped = open + factor.damping() * device.blas().dot(gap, gap);
            RefitReport report =
                    new RefitReport(
                            OutputError.relative(2 * loss, whole),
                            OutputError.relative(damped, whole),
                            steps);
            Matrix best = report.kept() ? fitted : plain;
            // What is lost of W is what is open to T, where T is W.
            double lost = k.isEmpty() && report.kept() ? open : lost(arena, w, best);
            device.blas().addScaled(1, best, 0, w);
            return new RefitResult(result(w, loss, OutputError.relative(lost, whole)), report);
        }
    }

    private double lost(Arena arena, Matrix w, Matrix q) {
        return OutputError.energy(device, difference(arena, w, q), factor.h());
    }

    private SolveResult result(Matrix w, double loss, double error) {
        long zeros = device.pruning().countZeros(w);
        return new SolveResult(
                new LayerStats(w.rows() * w.cols(), zeros, loss, OptionalDouble.of(error)),
                factor.report());
    }

    private Matrix target(Arena arena, Matrix w, Optional<Matrix> k) {
        Matrix target = copy(arena, w);
        k.ifPresent(correction -> DenseTarget.aim(device, w, correction, target));
        SparseGptSolver.clearDeadColumns(device, arena, target, factor.dead());
        return target;
    }

    private Matrix unrounded(Arena arena, Matrix target) {
        Matrix q = copy(arena, target);
        prune(q, Rounding.NONE, SparseGptSolver.choice(options, q.rows()));
        return q;
    }

    private double prune(Matrix q, Rounding rounding, SparseGptSolver.Choice choice) {
        try (Arena arena = Arena.ofShared()) {
            Matrix dt = device.scratch(arena, q.cols(), q.rows());
            return SparseGptSolver.prune(device, q, dt, factor, rounding, choice);
        }
    }

    private Matrix difference(Arena arena, Matrix a, Matrix b) {
        Matrix difference = copy(arena, a);
        device.blas().addScaled(-1, b, 1, difference);
        return difference;
    }

    private Matrix copy(Arena arena, Matrix a) {
        Matrix copy = device.scratch(arena, a.rows(), a.cols());
        device.blas().addScaled(1, a, 0, copy);
        return copy;
    }
}
