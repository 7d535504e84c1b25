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
            Matrix wt = device.scratch(arena, w.cols(), w.rows());
            device.pruning().transpose(w, wt);
            clearDeadColumns(device, arena, wt, factor.dead());
            double whole = measured ? OutputError.energy(device, wt, factor.h()) : 0;
            Rounding rounding = options.quantisation().span(device, arena, w);
            Matrix d = device.scratch(arena, w.cols(), w.rows());
            double loss = prune(device, arena, wt, d, factor, rounding, options);
            requireFinite(layer, loss, factor.report().damping());
            device.pruning().transpose(wt, w);
            OptionalDouble error =
                    measured
                            ? OptionalDouble.of(
                                    OutputError.relative(
                                            lostEnergy(device, d, factor, loss), whole))
                            : OptionalDouble.empty();
            long zeros = device.pruning().countZeros(w);
            return new SolveResult(
                    new LayerStats(w.rows() * w.cols(), zeros, loss, error), factor.report());
        }
    }

    private static void requireFinite(String layer, double loss, double damping) {
        if (!Double.isFinite(loss)) {
            throw new NumericalException(
                    layer, -1, damping, "loss: expected a finite number, found " + loss);
        }
    }

    /// Algorithm 1's outer loop. `wt` and `d` are W and D transposed. The blocks are taken in
    /// panels: what comes from the columns before a panel is computed for all its blocks at once,
    /// since a product with many columns is faster than several with few.
    private static double prune(
            Device device,
            Arena arena,
            Matrix wt,
            Matrix d,
            GramFactor factor,
            Rounding rounding,
            SolverOptions options) {
        long cols = wt.rows();
        long rows = wt.cols();
        long width = (long) options.blockSize() * Math.max(PANEL / options.blockSize(), 1);
        Matrix panel = device.scratch(arena, Math.min(width, cols), rows);
        double loss = 0;
        for (long left = 0; left < cols; left += width) {
            long right = Math.min(left + width, cols);
            Matrix s = panel.rows(0, right - left);
            addErrors(device, factor, d.rows(0, left), 0, left, s);
            for (long i = left; i < right; i += options.blockSize()) {
                long end = Math.min(i + options.blockSize(), right);
                Matrix sOfBlock = s.rows(i - left, end - left);
                addErrors(device, factor, d.rows(left, i), left, i, sOfBlock);
                ColumnBlock block =
                        new ColumnBlock(
                                wt.rows(i, end),
                                sOfBlock,
                                d.rows(i, end),
                                factor.u().view(i, 0, end - i, end - i));
                loss +=
                        device.pruning()
                                .pruneBlock(
                                        block,
                                        selection(options, rows, i, end),
                                        rounding.ofColumns(i, end));
            }
        }
        return loss;
    }

    /// `S := D R` for the columns of S, which begin at `column`, over the columns `from` on that
    /// `done` holds; added to S unless they are the first.
    private static void addErrors(
            Device device, GramFactor factor, Matrix done, long from, long column, Matrix s) {
        if (from > 0 && done.rows() == 0) {
            return;
        }
        Matrix r = factor.r().view(from, column, done.rows(), s.rows());
        device.blas().transposedMultiply(1, r, done, from == 0 ? 0 : 1, s);
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
    private static double lostEnergy(Device device, Matrix d, GramFactor factor, double loss) {
        double lost = 2 * loss - factor.damping() * device.blas().dot(d, d);
        return lost > 2 * loss * CANCELLATION ? lost : OutputError.energy(device, d, factor.h());
    }

    /// Weights of inputs that are never active do nothing; they become 0 before all else.
    private static void clearDeadColumns(Device device, Arena arena, Matrix wt, boolean[] dead) {
        Matrix zeros = null;
        for (int c = 0; c < dead.length; c++) {
            if (dead[c]) {
                zeros = zeros == null ? Matrix.allocate(arena, 1, wt.cols()) : zeros;
                device.upload(zeros, wt.rows(c, c + 1));
            }
        }
    }

    private static void checkShapes(Matrix w, GramFactor factor, SolverOptions options) {
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
