package io.sparsemesh.cuda;

import io.sparsemesh.cuda.driver.Kernel;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;

/// Inverses of the diagonal blocks of an upper triangular matrix.
///
/// @param blas in F32
record DiagonalInverses(Gpu gpu, CudaBlas blas) {

    private static final int THREADS = 256;

    /// See [io.sparsemesh.engine.device.PruningOps#invertDiagonalBlocks].
    void run(Matrix r, long blockSize, Matrix u) {
        if (blockSize <= CudaFactor.SMALL) {
            invertEach(r, blockSize, u);
            return;
        }
        for (long from = 0; from < r.rows(); from += blockSize) {
            long n = Math.min(blockSize, r.rows() - from);
            invert(r.view(from, from, n, n), u.view(from, 0, n, n));
        }
    }

    private void invertEach(Matrix r, long size, Matrix u) {
        gpu.kernel(CudaFactor.SOURCE, "invert_blocks")
                .launch(
                        Kernel.Grid.of(Math.ceilDiv(r.rows(), size), THREADS),
                        r,
                        u,
                        r.rows(),
                        (int) size);
    }

    /// By halves: `[R11 R12; 0 R22]^-1 = [U11 -U11 R12 U22; 0 U22]`.
    private void invert(Matrix r, Matrix u) {
        long n = r.rows();
        if (n <= CudaFactor.SMALL) {
            invertEach(r, n, u);
            return;
        }
        long half = Math.ceilDiv(n, 2);
        Matrix upper = u.view(0, 0, half, half);
        Matrix lower = u.view(half, half, n - half, n - half);
        Matrix right = u.view(0, half, half, n - half);
        Matrix below = u.view(half, 0, n - half, half);
        invert(r.view(0, 0, half, half), upper);
        invert(r.view(half, half, n - half, n - half), lower);
        try (Arena arena = Arena.ofConfined()) {
            Matrix product = gpu.scratch(arena, half, n - half);
            blas.multiply(-1, r.view(0, half, half, n - half), lower, 0, product);
            blas.multiply(1, upper, product, 0, right);
        }
        blas.addScaled(0, below, 0, below);
    }
}
