package io.sparsemesh.cuda;

import io.sparsemesh.cuda.driver.Kernel;
import io.sparsemesh.engine.device.GridShape;
import io.sparsemesh.engine.device.Selection;
import io.sparsemesh.engine.device.Shapes;
import io.sparsemesh.engine.matrix.Matrix;

/// What concerns the groups of each row by itself. Each method is the one of
/// [io.sparsemesh.engine.device.PruningOps] with its name.
record CudaRows(Gpu gpu) {

    private static final int THREADS = 256;
    private static final int WARPS = THREADS / 32;

    /// Up to here each thread compares its weight with all others of the group.
    private static final int SMALL_GROUP = 64;

    private Kernel kernel(String name) {
        return gpu.kernel("rows.cu", name);
    }

    void spanGrid(Matrix w, GridShape shape, Matrix scale, Matrix zero) {
        Shapes.checkGrid(w, shape, scale, zero);
        long groups = scale.rows();
        kernel("span_grid")
                .launch(
                        Kernel.Grid.of(Math.ceilDiv(w.rows() * groups, WARPS), THREADS),
                        w,
                        scale,
                        zero,
                        w.rows(),
                        w.cols(),
                        shape.width(w.cols()),
                        groups,
                        (float) shape.top(),
                        shape.symmetric() ? (float) (1 << (shape.bits() - 1)) : -1f);
    }

    void dropSmallestOfRows(Matrix w, Matrix s, Selection.PerGroup groups) {
        Shapes.checkShape("dropSmallestOfRows", "s", s, 1, w.cols());
        if (groups.drop() == 0) {
            return;
        }
        if (groups.group() <= SMALL_GROUP) {
            dropOfSmallGroups(w, s, groups);
        } else {
            dropOfLargeGroups(w, s, groups);
        }
    }

    private void dropOfSmallGroups(Matrix w, Matrix s, Selection.PerGroup groups) {
        kernel("drop_of_small_groups")
                .launch(
                        Kernel.Grid.of(w.rows(), THREADS).withShared(THREADS * Integer.BYTES),
                        w,
                        s,
                        w.cols(),
                        groups.drop(),
                        groups.group());
    }

    private void dropOfLargeGroups(Matrix w, Matrix s, Selection.PerGroup groups) {
        long perRow = Math.ceilDiv(w.cols(), groups.group());
        kernel("drop_of_large_groups")
                .launch(
                        Kernel.Grid.of(w.rows() * perRow, THREADS),
                        w,
                        s,
                        w.cols(),
                        groups.drop(),
                        (long) groups.group(),
                        perRow);
    }
}
