package io.sparsemesh.cuda;

import io.sparsemesh.cuda.driver.Kernel;

/// The grid of a kernel that takes a matrix element by element: blocks as wide as the rows are
/// long, up to a whole block, and several rows high where rows are short. See `FOR_EACH_ELEMENT` of
/// the kernels' prelude.
///
/// @param shift blocks are `2^shift` threads wide
record ElementGrid(Kernel.Grid grid, int shift) {

    private static final int THREADS = 256;
    private static final int LARGEST_SHIFT = 8;

    /// Enough blocks to fill any device some times over.
    private static final long MOST_BLOCKS = 1 << 14;

    static ElementGrid of(long rows, long cols) {
        int shift = 0;
        while (shift < LARGEST_SHIFT && 1L << shift < cols) {
            shift++;
        }
        long across = Math.min(Math.ceilDiv(cols, 1L << shift), MOST_BLOCKS);
        long down = Math.ceilDiv(rows, THREADS >> shift);
        long most = Math.max(MOST_BLOCKS / Math.max(across, 1), 1);
        return new ElementGrid(new Kernel.Grid(across, Math.min(down, most), THREADS, 0), shift);
    }

    long blocks() {
        return grid.blocksX() * grid.blocksY();
    }
}
