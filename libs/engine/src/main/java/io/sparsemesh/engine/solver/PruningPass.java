package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.ColumnBlock;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Rounding;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;

/// One pass over a weight matrix from left to right, Algorithm 1's outer loop, in the letters of
/// [SparseGptSolver].
///
/// @param w `[rows x cols]`, pruned in place
/// @param trace overwritten
/// @param choice of the weights that go
record PruningPass(
        Device device,
        Matrix w,
        Trace trace,
        GramFactor factor,
        Rounding rounding,
        SparseGptSolver.Choice choice) {

    /// Columns of a panel, about.
    private static final int PANEL = 512;

    /// Columns from `from` to `to`.
    private record Columns(long from, long to) {
        Matrix rowsOf(Matrix transposed) {
            return transposed.rows(from, to);
        }
    }

    /// Columns of a panel: whole blocks.
    static long panel(long blockSize) {
        return blockSize * Math.max(PANEL / blockSize, 1);
    }

    /// The column blocks are taken in panels: what comes from the columns before a panel is
    /// computed for all its blocks at once, since a product with many columns is faster than
    /// several with few.
    ///
    /// @return the loss, `sum of E^2 / 2`
    double run() {
        long blockSize = factor.u().cols();
        long width = panel(blockSize);
        List<DoubleSupplier> losses = new ArrayList<>();
        try (Arena arena = Arena.ofShared()) {
            Matrix st = device.scratch(arena, Math.min(width, w.cols()), w.rows());
            for (long left = 0; left < w.cols(); left += width) {
                Columns panel = new Columns(left, Math.min(left + width, w.cols()));
                prune(panel, st.rows(0, panel.to() - left), blockSize, losses);
            }
            return losses.stream().mapToDouble(DoubleSupplier::getAsDouble).sum();
        }
    }

    /// Prunes a panel's blocks; S of the first panel's blocks is overwritten by what comes from
    /// columns inside it, for there are none before it.
    private void prune(Columns panel, Matrix st, long blockSize, List<DoubleSupplier> losses) {
        float beta = panel.from() == 0 ? 0 : 1;
        if (beta == 1) {
            addErrors(new Columns(0, panel.from()), panel.from(), 0, st);
        }
        for (long i = panel.from(); i < panel.to(); i += blockSize) {
            Columns block = new Columns(i, Math.min(i + blockSize, panel.to()));
            Matrix stOfBlock = st.rows(i - panel.from(), block.to() - panel.from());
            addErrors(new Columns(panel.from(), i), i, beta, stOfBlock);
            losses.add(prune(block, stOfBlock));
        }
    }

    /// E of a block is `S + D[:, block] R[block, block]`.
    private DoubleSupplier prune(Columns at, Matrix st) {
        trace.et().ifPresent(et -> device.blas().addScaled(1, st, 0, at.rowsOf(et)));
        long size = at.to() - at.from();
        ColumnBlock block =
                new ColumnBlock(
                        w.columns(at.from(), at.to()),
                        st,
                        at.rowsOf(trace.dt()),
                        factor.u().view(at.from(), 0, size, size));
        DoubleSupplier loss =
                device.pruning()
                        .pruneBlock(
                                block,
                                choice.of(at.from(), at.to()),
                                rounding.ofColumns(at.from(), at.to()));
        trace.et().ifPresent(et -> addErrors(at, at.from(), 1, at.rowsOf(et)));
        return loss;
    }

    /// `S := beta S + D[:, done] R[done, later]` for the columns of S, which begin at `column`; S
    /// and D transposed.
    private void addErrors(Columns done, long column, float beta, Matrix st) {
        if (done.from() == done.to() && beta == 1) {
            return;
        }
        Matrix r = factor.r().view(done.from(), column, done.to() - done.from(), st.rows());
        device.blas().transposedMultiply(1, r, done.rowsOf(trace.dt()), beta, st);
    }
}
