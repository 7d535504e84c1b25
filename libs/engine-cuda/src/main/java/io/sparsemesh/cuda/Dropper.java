package io.sparsemesh.cuda;

import io.sparsemesh.cuda.driver.Kernel;
import io.sparsemesh.engine.device.Selection;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Optional;

/// Magnitude pruning of a transposed matrix; see the kernels `drop.cu`.
record Dropper(Gpu gpu) {

    static final String SOURCE = "drop.cu";
    private static final int THREADS = 256;

    /// Groups that one launch takes: a grid is not higher.
    private static final long MOST_GROUPS = 1 << 15;

    /// @param w `[cols x rows]`
    void drop(Matrix w, Selection selection) {
        switch (selection) {
            case Selection.Smallest smallest -> dropBelow(w, smallest);
            case Selection.PerGroup groups -> dropOfGroups(w, groups);
            case Selection.Zeros _ -> {}
        }
    }

    private void dropBelow(Matrix w, Selection.Smallest smallest) {
        try (Arena arena = Arena.ofConfined()) {
            long cut = new CudaCut(gpu, SOURCE).find(arena, w, Optional.empty(), smallest);
            Elementwise.launch(gpu.kernel(SOURCE, "drop_below"), w, w, cut);
        }
    }

    private void dropOfGroups(Matrix w, Selection.PerGroup groups) {
        long step = MOST_GROUPS * groups.group();
        for (long from = 0; from < w.rows(); from += step) {
            Matrix part = w.rows(from, Math.min(from + step, w.rows()));
            Kernel.Grid grid =
                    new Kernel.Grid(
                            Math.ceilDiv(w.cols(), THREADS),
                            Math.ceilDiv(part.rows(), groups.group()),
                            THREADS,
                            0);
            gpu.kernel(SOURCE, "drop_of_groups")
                    .launch(
                            grid,
                            part,
                            part.cols(),
                            part.rows(),
                            groups.drop(),
                            (long) groups.group());
        }
    }
}
