package io.sparsemesh.engine.device.natives;

import java.lang.foreign.MemorySegment;

/// A library's product of matrices of floats. Calls may run at the same time on different threads;
/// each one uses its own thread only.
@FunctionalInterface
public interface Sgemm {

    /// `C := beta C + alpha op(A) op(B)`, C `[m x n]`, inner size `k`, by rows in native memory.
    /// Where beta is 0, what is in C does not matter.
    ///
    /// @param lda distance of A's rows in elements, and so on
    void sgemm(
            boolean transposeA,
            boolean transposeB,
            int m,
            int n,
            int k,
            float alpha,
            MemorySegment a,
            int lda,
            MemorySegment b,
            int ldb,
            float beta,
            MemorySegment c,
            int ldc);
}
