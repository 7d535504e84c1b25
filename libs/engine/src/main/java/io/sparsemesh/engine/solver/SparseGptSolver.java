package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Rounding;
import io.sparsemesh.engine.device.Selection;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.OptionalDouble;

/// SparseGPT, Algorithm 1 of the paper. Letters:
///
/// - W: the weights `[rows x cols]`, one row per output; H: the Gram matrix of the inputs, damped
/// - U: upper triangular, `H^-1 = U^T U`; R = U^-1, so that `H = R R^T`
/// - M: the mask; Q: the pruned weights, quantised where asked; B: the block size
/// - E: the errors, `E_c = (V_c - Q_c) / U_cc` where V are the weights when column c is reached
/// - D: `W - Q`
///
/// The paper keeps V up to date, `V = W - E U`, and needs the rows of U. Here D is kept instead:
/// from `D = E U` follows `E = D R`, and for a block that begins after the columns `done`,
/// `V[:, block] = W[:, block] + (D[:, done] R[done, block]) U[block, block]`. So H is factored
/// once and only the diagonal blocks of R are inverted, and never a whole matrix.
public final class SparseGptSolver {

    private SparseGptSolver() {}

    /// Factors H and prunes W with it.
    ///
    /// @param layer name for messages
    /// @param w `[rows x cols]` in memory of `device`, pruned in place
    /// @param h `[cols x cols]` in memory of `device`, not changed
    /// @throws NumericalException as [GramFactor#of] does, or when W has a value that is not finite
    public static SolveResult solve(
            Device device, String layer, Matrix w, Matrix h, SolverOptions options) {
        try (Arena arena = Arena.ofShared()) {
            return solve(
                    device, layer, w, GramFactor.of(device, arena, layer, h, options), options);
        }
    }

    /// Prunes W with a Gram matrix that is already factored.
    ///
    /// @param layer name for messages
    /// @param w `[rows x cols]` in memory of `device`, pruned in place
    /// @param factor of the inputs' Gram matrix, made with the same block size
    /// @throws NumericalException when W has a value that is not finite, or the result has
    public static SolveResult solve(
            Device device, String layer, Matrix w, GramFactor factor, SolverOptions options) {
        return solve(device, layer, w, factor, options, true);
    }

    /// As [#solve], without the relative output error in the result: the energy of the dense
    /// layer's output, which it is relative to, takes as many operations as the pruning itself.
    public static SolveResult solveUnmeasured(
            Device device, String layer, Matrix w, GramFactor factor, SolverOptions options) {
        return solve(device, layer, w, factor, options, false);
    }

    private static SolveResult solve(
            Device device,
            String layer,
            Matrix w,
            GramFactor factor,
            SolverOptions options,
            boolean measured) {
        checkShapes(w, factor, options);
        GramFactor.requireFinite(device.pruning(), layer, "weights", w);
        try (Arena arena = Arena.ofShared()) {
            Rounding rounding = options.quantisation().span(device, arena, w);
            clearDeadColumns(device, arena, w, factor.dead());
            double whole = measured ? OutputError.energy(device, w, factor.h()) : 0;
            Trace trace = Trace.of(device, arena, w);
            double loss =
                    new PruningPass(device, w, trace, factor, rounding, choice(options, w.rows()))
                            .run();
            requireFinite(layer, loss, factor.report().damping());
            OptionalDouble error =
                    measured
                            ? OptionalDouble.of(
                                    OutputError.relative(
                                            lostEnergy(device, trace.dt(), factor, loss), whole))
                            : OptionalDouble.empty();
            long zeros = device.pruning().countZeros(w);
            return new SolveResult(
                    new LayerStats(w.rows() * w.cols(), zeros, loss, error), factor.report());
        }
    }

    /// Which weights of the columns `left` to `right` go.
    @FunctionalInterface
    interface Choice {
        Selection of(long left, long right);
    }

    static Choice choice(SolverOptions options, long rows) {
        return (left, right) -> selection(options, rows, left, right);
    }

    static void requireFinite(String layer, double loss, double damping) {
        if (!Double.isFinite(loss)) {
            throw new NumericalException(
                    layer, -1, damping, "loss: expected a finite number, found " + loss);
        }
    }

    /// What goes from the columns `left` to `right`. Exact counts are differences of the count up
    /// to each side, so that their sum is the count for the whole matrix.
    private static Selection selection(SolverOptions options, long rows, long left, long right) {
        return switch (options.sparsity()) {
            case Sparsity.NOutOfM(int kept, int group) ->
                    new Selection.PerGroup(group - kept, group);
            case Sparsity.Unstructured(double share) when options.exactCount() ->
                    new Selection.Smallest(
                            (long) (share * (rows * right)) - (long) (share * (rows * left)), true);
            case Sparsity.Unstructured(double share) ->
                    new Selection.Smallest((long) (share * (rows * (right - left))), false);
        };
    }

    /// `tr(D H D^T)`. With damping it is `tr(D R R^T D^T) = |E|^2`, twice the loss.
    static double lostEnergy(Device device, Matrix dt, GramFactor factor, double loss) {
        return OutputError.undamped(2 * loss, factor.damping() * device.blas().dot(dt, dt))
                .orElseGet(() -> energyOfTransposed(device, dt, factor.h()));
    }

    private static double energyOfTransposed(Device device, Matrix dt, Matrix h) {
        try (Arena arena = Arena.ofShared()) {
            Matrix d = device.scratch(arena, dt.cols(), dt.rows());
            device.pruning().transpose(dt, d);
            return OutputError.energy(device, d, h);
        }
    }

    /// Weights of inputs that are never active do nothing; they become 0 before all else.
    static void clearDeadColumns(Device device, Arena arena, Matrix w, boolean[] dead) {
        Matrix zeros = null;
        for (int c = 0; c < dead.length; c++) {
            if (dead[c]) {
                zeros = zeros == null ? device.allocate(arena, w.rows(), 1) : zeros;
                device.blas().addScaled(0, zeros, 0, w.columns(c, c + 1));
            }
        }
    }

    static void checkShapes(Matrix w, GramFactor factor, SolverOptions options) {
        if (factor.r().rows() != w.cols() || factor.u().cols() != options.blockSize()) {
            throw new IllegalArgumentException(
                    "weights [%d x %d], block size %d: expected a factor of %d columns, found %d columns and block size %d"
                            .formatted(
                                    w.rows(),
                                    w.cols(),
                                    options.blockSize(),
                                    w.cols(),
                                    factor.r().rows(),
                                    factor.u().cols()));
        }
    }
}
