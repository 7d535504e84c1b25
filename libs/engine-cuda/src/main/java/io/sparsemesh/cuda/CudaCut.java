package io.sparsemesh.cuda;

import io.sparsemesh.cuda.driver.Kernel;
import io.sparsemesh.engine.device.Selection;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Optional;

/// Finds where a block is cut, on the device: see the kernels `cut.cu`.
///
/// @param source of kernels that stands behind `cut.cu`
record CudaCut(Gpu gpu, String source) {

    static final String SOURCE = "cut.cu";

    private static final int THREADS = 256;
    private static final long MOST_BLOCKS = 528;
    private static final int DIGITS = 3;
    private static final long BUCKETS = 2048;

    /// Floats of the state after each digit, and of the cut itself.
    private static final long KNOWN = 6 * DIGITS;

    private static final long CUT = 10;

    /// @param v `[cols x rows]`
    /// @param u `[cols x cols]`, saliencies are `|V_c / U_cc|`; `|V_c|` where there is none
    /// @param arena owns the cut
    /// @return the address of a `Cut`
    long find(Arena arena, Matrix v, Optional<Matrix> u, Selection.Smallest selection) {
        Matrix cut = gpu.scratch(arena, 1, CUT);
        if (v.rows() * v.cols() == 0 || selection.exact() && selection.count() == 0) {
            kernel("cut_nothing").launch(Kernel.Grid.of(1, 1), address(cut));
            return address(cut);
        }
        count(arena, v, u, selection, cut);
        if (selection.exact()) {
            findTie(arena, v, u, cut);
        }
        return address(cut);
    }

    private void count(
            Arena arena, Matrix v, Optional<Matrix> u, Selection.Smallest selection, Matrix cut) {
        Matrix histograms = gpu.scratch(arena, DIGITS, BUCKETS);
        Matrix known = gpu.scratch(arena, 1, KNOWN);
        gpu.context().pool().clear(histograms.data());
        for (int digit = 0; digit < DIGITS; digit++) {
            kernel("count_digit")
                    .launch(
                            grid(v),
                            v,
                            v.cols(),
                            v.rows(),
                            u,
                            digit,
                            rank(v, selection),
                            address(histograms),
                            address(known));
        }
        kernel("find_cut")
                .launch(
                        Kernel.Grid.of(1, THREADS),
                        address(histograms),
                        address(known),
                        selection.exact() ? 1 : 0,
                        address(cut));
    }

    /// Of the last that goes, from 0.
    private static long rank(Matrix v, Selection.Smallest selection) {
        long rank = selection.exact() ? selection.count() - 1 : selection.count();
        return Math.min(rank, v.rows() * v.cols() - 1);
    }

    private void findTie(Arena arena, Matrix v, Optional<Matrix> u, Matrix cut) {
        Matrix ties = gpu.scratch(arena, 1, v.cols());
        kernel("count_ties")
                .launch(
                        Kernel.Grid.covering(v.cols(), THREADS),
                        v,
                        v.cols(),
                        v.rows(),
                        u,
                        address(cut),
                        address(ties));
        kernel("find_tie")
                .launch(
                        Kernel.Grid.of(1, THREADS),
                        v,
                        v.cols(),
                        v.rows(),
                        u,
                        address(ties),
                        address(cut));
    }

    private Kernel kernel(String name) {
        return gpu.kernel(source, name);
    }

    /// Few blocks, for each adds its histogram to the common one; several rows of V at a time.
    private static Kernel.Grid grid(Matrix v) {
        long across = Math.clamp(Math.ceilDiv(v.cols(), THREADS), 1, MOST_BLOCKS);
        long down = Math.clamp(MOST_BLOCKS / across, 1, v.rows());
        return new Kernel.Grid(across, down, THREADS, 0);
    }

    private static long address(Matrix matrix) {
        return matrix.data().address();
    }
}
