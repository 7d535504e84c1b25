package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.ColumnBlock;
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

    /// Below this share of the damped error the output error is computed by itself: the difference
    /// of two numbers that are nearly equal would have too few digits.
    private static final double CANCELLATION = 0.01;

    /// Columns of a panel, about.
    private static final int PANEL = 512;

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
            Matrix dt = device.scratch(arena, w.cols(), w.rows());
            Choice choice = choice(options, w.rows());
            double loss = prune(device, w, dt, factor, rounding, choice);
            requireFinite(layer, loss, factor.report().damping());
            OptionalDouble error =
                    measured
                            ? OptionalDouble.of(
                                    OutputError.relative(
                                            lostEnergy(device, dt, factor, loss), whole))
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

    /// Algorithm 1's outer loop. `dt` is D transposed. The blocks are taken in panels: what comes
    /// from the columns before a panel is computed for all its blocks at once, since a product with
    /// many columns is faster than several with few.
    static double prune(
            Device device,
            Matrix w,
            Matrix dt,
            GramFactor factor,
            Rounding rounding,
            Choice choice) {
        long blockSize = factor.u().cols();
        long width = blockSize * Math.max(PANEL / blockSize, 1);
        double loss = 0;
        try (Arena arena = Arena.ofShared()) {
            Matrix panel = device.scratch(arena, Math.min(width, w.cols()), w.rows());
            for (long left = 0; left < w.cols(); left += width) {
                long right = Math.min(left + width, w.cols());
                Matrix st = panel.rows(0, right - left);
                if (left > 0) {
                    addErrors(device, factor, dt, new Columns(0, left), left, 0, st);
                }
                for (long i = left; i < right; i += blockSize) {
                    long end = Math.min(i + blockSize, right);
                    Matrix stOfBlock = st.rows(i - left, end - left);
                    // The first panel has no columns before it: its blocks overwrite S.
                    addErrors(
                            device,
                            factor,
                            dt,
                            new Columns(left, i),
                            i,
                            left == 0 ? 0 : 1,
                            stOfBlock);
                    ColumnBlock block =
                            new ColumnBlock(
                                    w.columns(i, end),
                                    stOfBlock,
                                    dt.rows(i, end),
                                    factor.u().view(i, 0, end - i, end - i));
                    loss +=
                            device.pruning()
                                    .pruneBlock(
                                            block, choice.of(i, end), rounding.ofColumns(i, end));
                }
            }
        }
        return loss;
    }

    /// Columns that are done, from `from` to `to`.
    private record Columns(long from, long to) {}

    /// `S := beta S + D[:, done] R[done, later]` for the columns of S, which begin at `column`; S
    /// and D transposed.
    private static void addErrors(
            Device device,
            GramFactor factor,
            Matrix dt,
            Columns done,
            long column,
            float beta,
            Matrix st) {
        if (done.from() == done.to() && beta == 1) {
            return;
        }
        Matrix r = factor.r().view(done.from(), column, done.to() - done.from(), st.rows());
        device.blas().transposedMultiply(1, r, dt.rows(done.from(), done.to()), beta, st);
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

    /// `tr(D H D^T)`. With damping it is `tr(D R R^T D^T) = |E|^2`, twice the loss, of which the
    /// damping's share `damping |D|^2` is taken off.
    static double lostEnergy(Device device, Matrix dt, GramFactor factor, double loss) {
        double lost = 2 * loss - factor.damping() * device.blas().dot(dt, dt);
        if (lost > 2 * loss * CANCELLATION) {
            return lost;
        }
        try (Arena arena = Arena.ofShared()) {
            Matrix d = device.scratch(arena, dt.cols(), dt.rows());
            device.pruning().transpose(dt, d);
            return OutputError.energy(device, d, factor.h());
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
