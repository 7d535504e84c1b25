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
/// 4. [Reselection] chooses the mask anew and fits to it, where asked.
/// 5. Where weights are quantised, SparseGPT's error feedback rounds them once more; what is 0
///    stays 0.
/// 6. Q of step 2, quantised where asked, stays where that gained nothing.
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
            double whole = OutputError.energy(device, w, factor.h());
            Fit fit =
                    rounding == Rounding.NONE
                            ? fit(arena, layer, target)
                            : roundedFit(arena, layer, target, rounding);
            device.blas().addScaled(-1, fit.q(), 1, w);
            // Where T is W, what is lost of W is what Q lacks of T.
            double lost = k.isEmpty() ? undamped(w, fit.least()) : energy(w);
            device.blas().addScaled(1, fit.q(), 0, w);
            RefitReport report =
                    new RefitReport(
                            OutputError.relative(fit.before(), whole),
                            OutputError.relative(fit.after(), whole),
                            fit.steps());
            double error = OutputError.relative(lost, whole);
            return new RefitResult(result(w, fit.before() / 2, error), report);
        }
    }

    /// Pruned weights and how far they are from T, as `tr((T - Q) H (T - Q)^T)`.
    ///
    /// @param q the nearer ones, `[rows x cols]`
    /// @param before without a refit
    /// @param after with it
    /// @param steps of conjugate gradient
    private record Fit(Matrix q, double before, double after, int steps) {
        double least() {
            return Math.min(before, after);
        }
    }

    private Fit fit(Arena arena, String layer, Matrix target) {
        Matrix q = copy(arena, target);
        try (Arena scratch = Arena.ofShared()) {
            Matrix gradient = device.scratch(scratch, q.rows(), q.cols());
            double before = prune(layer, q, gradient);
            MaskedRefit.Gain gain = MaskedRefit.run(device, factor, refit, q, gradient);
            double after = before - gain.energy();
            int steps = gain.steps();
            Reselection again = new Reselection(device, factor, options, refit, target);
            for (int i = 0; i < refit.reselections(); i++) {
                MaskedRefit.Gain more = again.run(q, gradient, after);
                after -= more.energy();
                steps += more.steps();
            }
            return new Fit(q, before, after, steps);
        }
    }

    /// Prunes T, and with D and E of [SparseGptSolver] gives `(T - Q) H = D R R^T = E R^T`.
    ///
    /// @return the damped error, `|E|^2`
    private double prune(String layer, Matrix q, Matrix gradient) {
        try (Arena scratch = Arena.ofShared()) {
            Trace trace = Trace.withErrors(device, scratch, q);
            double error = prune(layer, q, trace, Rounding.NONE);
            factor.multiplyTransposedR(device, trace.et().orElseThrow(), trace.dt());
            device.pruning().transpose(trace.dt(), gradient);
            return error;
        }
    }

    /// @param target T; overwritten
    private Fit roundedFit(Arena arena, String layer, Matrix target, Rounding rounding) {
        Matrix plain = copy(arena, target);
        try (Arena scratch = Arena.ofShared()) {
            double before = prune(layer, plain, Trace.of(device, scratch, plain), rounding);
            Fit exact = fit(scratch, layer, target);
            Matrix q = exact.q();
            Trace trace = Trace.of(device, scratch, q);
            new PruningPass(device, q, trace, factor, rounding, (_, _) -> new Selection.Zeros())
                    .run();
            device.blas().addScaled(-1, q, 1, target);
            double after = energy(target) + factor.damping() * device.blas().dot(target, target);
            if (after < before) {
                device.blas().addScaled(1, q, 0, plain);
            }
            return new Fit(plain, before, after, exact.steps());
        }
    }

    /// @return the damped error, `|E|^2`
    private double prune(String layer, Matrix q, Trace trace, Rounding rounding) {
        SparseGptSolver.Choice choice = SparseGptSolver.choice(options, q.rows());
        double loss = new PruningPass(device, q, trace, factor, rounding, choice).run();
        SparseGptSolver.requireFinite(layer, loss, factor.report().damping());
        return 2 * loss;
    }

    private double energy(Matrix d) {
        return OutputError.energy(device, d, factor.h());
    }

    private double undamped(Matrix d, double damped) {
        return OutputError.undamped(damped, factor.damping() * device.blas().dot(d, d))
                .orElseGet(() -> energy(d));
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

    private Matrix copy(Arena arena, Matrix a) {
        Matrix copy = device.scratch(arena, a.rows(), a.cols());
        device.blas().addScaled(1, a, 0, copy);
        return copy;
    }
}
