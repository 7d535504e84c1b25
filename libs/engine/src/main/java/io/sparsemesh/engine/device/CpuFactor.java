package io.sparsemesh.engine.device;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.sparsemesh.engine.device.openblas.OpenBlas;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The factor `H + diag(d) = R R^T` with R upper triangular, from the last column to the first.
/// LAPACK knows lower factors only; a block with rows and columns reversed turns one into the
/// other.
///
/// @param blas products
/// @param tiles runs the tiles
record CpuFactor(CpuBlas blas, Tiles tiles) {

    private static final long BLOCK = 256;
    private static final long COPY_ROWS = 64;
    private static final long GRAIN = 16;

    /// Blocked, in float: factor a diagonal block, solve for the blocks above it, subtract their
    /// products from what is left of it.
    ///
    /// @return the column whose pivot is not positive, or -1
    long inFloat(Matrix h, Matrix d, Matrix r) {
        copyUpper(h, d, r);
        Split split = Split.of(h.rows(), BLOCK, GRAIN);
        try (Arena arena = Arena.ofShared()) {
            Matrix scratch = Matrix.allocate(arena, BLOCK, BLOCK);
            for (long k = split.pieces() - 1; k >= 0; k--) {
                Matrix diagonal = split.block(r, split, k, k);
                int info = factorDiagonal(diagonal, scratch);
                if (info > 0) {
                    return split.to(k) - info;
                }
                long last = k;
                tiles.forEach(k, (i, worker) -> solve(diagonal, split.block(r, split, i, last)));
                tiles.forEach(
                        k * (k + 1) / 2,
                        (tile, worker) -> {
                            long j = CpuBlas.triangleColumn(tile);
                            subtract(r, split, tile - j * (j + 1) / 2, j, last);
                        });
            }
        }
        return -1;
    }

    private int factorDiagonal(Matrix diagonal, Matrix scratch) {
        int n = CpuBlas.size(diagonal.rows());
        Matrix reversed = new Matrix(scratch.data(), n, n, n);
        float[] row = new float[n];
        for (int i = 0; i < n; i++) {
            MemorySegment.copy(diagonal.row(n - 1 - i), JAVA_FLOAT, 0, row, 0, n);
            reverse(row);
            MemorySegment.copy(row, 0, reversed.row(i), JAVA_FLOAT, 0, i + 1);
        }
        int info = blas.openBlas().spotrfLower(n, reversed.data(), n);
        for (int i = 0; i < n && info == 0; i++) {
            MemorySegment.copy(reversed.row(i), JAVA_FLOAT, 0, row, 0, n);
            if (!(row[i] > 0)) {
                return i + 1;
            }
            reverse(row);
            MemorySegment.copy(
                    row,
                    n - 1 - i,
                    diagonal.row(n - 1 - i),
                    JAVA_FLOAT,
                    (n - 1 - i) * (long) Float.BYTES,
                    i + 1);
        }
        return info;
    }

    private static void reverse(float[] row) {
        for (int i = 0, j = row.length - 1; i < j; i++, j--) {
            float t = row[i];
            row[i] = row[j];
            row[j] = t;
        }
    }

    private void solve(Matrix diagonal, Matrix above) {
        blas.openBlas()
                .strsmRightUpperTransposed(
                        CpuBlas.size(above.rows()),
                        CpuBlas.size(above.cols()),
                        diagonal.data(),
                        CpuBlas.ld(diagonal),
                        above.data(),
                        CpuBlas.ld(above));
    }

    /// `R_ij := R_ij - R_ik R_jk^T`, the upper triangle of it where `i = j`.
    private void subtract(Matrix r, Split split, long i, long j, long k) {
        Matrix a = split.block(r, split, i, k);
        Matrix c = split.block(r, split, i, j);
        if (i == j) {
            blas.openBlas()
                    .ssyrkUpper(
                            false,
                            CpuBlas.size(c.rows()),
                            CpuBlas.size(a.cols()),
                            -1,
                            a.data(),
                            CpuBlas.ld(a),
                            1,
                            c.data(),
                            CpuBlas.ld(c));
        } else {
            blas.gemm(-1, a, false, split.block(r, split, j, k), true, 1, c);
        }
    }

    /// `R := upper triangle of H + diag(d)`, zeros below.
    private void copyUpper(Matrix h, Matrix d, Matrix r) {
        Split split = Split.of(h.rows(), COPY_ROWS, 1);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    for (long i = split.from(tile); i < split.to(tile); i++) {
                        r.view(i, i, 1, r.cols() - i).copyFrom(h.view(i, i, 1, h.cols() - i));
                        r.set(i, i, h.get(i, i) + d.get(i, 0));
                        r.row(i).asSlice(0, i * Float.BYTES).fill((byte) 0);
                    }
                });
    }

    /// Unblocked, in double: for the rare matrix that float cannot factor.
    ///
    /// @return the column whose pivot is not positive, or -1
    long inDouble(Matrix h, Matrix d, Matrix r) {
        long n = h.rows();
        try (Arena arena = Arena.ofShared()) {
            MemorySegment a = arena.allocate(n * n * Double.BYTES, Matrix.ALIGNMENT);
            for (long i = 0; i < n; i++) {
                for (long j = 0; j <= i; j++) {
                    double added = i == j ? d.get(n - 1 - i, 0) : 0;
                    a.setAtIndex(JAVA_DOUBLE, i * n + j, h.get(n - 1 - i, n - 1 - j) + added);
                }
            }
            int info = blas.openBlas().dpotrfLower(CpuBlas.size(n), a, CpuBlas.size(n));
            if (info > 0) {
                return n - info;
            }
            for (long i = 0; i < n; i++) {
                for (long j = 0; j < n; j++) {
                    double value = j > i ? 0 : a.getAtIndex(JAVA_DOUBLE, i * n + j);
                    r.set(n - 1 - i, n - 1 - j, (float) value);
                }
            }
        }
        return -1;
    }

    /// `U := R^-1`, zeros below its diagonal.
    void invert(Matrix r, Matrix u) {
        u.copyFrom(r);
        OpenBlas openBlas = blas.openBlas();
        int info = openBlas.strtriUpper(CpuBlas.size(u.rows()), u.data(), CpuBlas.ld(u));
        if (info > 0) {
            throw new DeviceException("strtri", info, "zero on the diagonal of a factor");
        }
    }
}
