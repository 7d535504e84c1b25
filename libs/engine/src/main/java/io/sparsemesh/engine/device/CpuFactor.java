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

    /// Matrices up to this size are factored, and solved with, by one call.
    private static final long SMALL = 128;

    private static final long SOLVED_ROWS = 64;
    private static final long COPY_ROWS = 64;
    private static final long GRAIN = 16;

    /// By halves, in float: factor the lower right quarter, solve for the upper right one,
    /// subtract its square from the upper left one, factor that.
    ///
    /// @return the column whose pivot is not positive, or -1
    long inFloat(Matrix h, Matrix d, Matrix r) {
        copyUpper(h, d, r);
        try (Arena arena = Arena.ofShared()) {
            return factor(r, Matrix.allocate(arena, SMALL, SMALL));
        }
    }

    private long factor(Matrix a, Matrix scratch) {
        long n = a.rows();
        if (n <= SMALL) {
            int info = factorDiagonal(a, scratch);
            return info > 0 ? n - info : -1;
        }
        long half = half(n);
        Matrix lower = a.view(half, half, n - half, n - half);
        long column = factor(lower, scratch);
        if (column >= 0) {
            return half + column;
        }
        Matrix right = a.view(0, half, half, n - half);
        solve(lower, right);
        Matrix upper = a.view(0, 0, half, half);
        blas.addSquare(-1, right, false, upper);
        return factor(upper, scratch);
    }

    /// `B := B R^-T`, by halves of R: with `[B1 B2]` and `R = [R11 R12; 0 R22]`, first
    /// `B2 := B2 R22^-T`, then `B1 := (B1 - B2 R12^T) R11^-T`.
    private void solve(Matrix r, Matrix b) {
        long n = r.rows();
        if (n <= SMALL) {
            Split split = Split.of(b.rows(), SOLVED_ROWS, GRAIN);
            tiles.forEach(
                    split.pieces(),
                    (tile, worker) -> solveRows(r, b.rows(split.from(tile), split.to(tile))));
            return;
        }
        long half = half(n);
        Matrix left = b.columns(0, half);
        Matrix right = b.columns(half, n);
        solve(r.view(half, half, n - half, n - half), right);
        blas.multiplyTransposed(-1, right, r.view(0, half, half, n - half), 1, left);
        solve(r.view(0, 0, half, half), left);
    }

    /// About half of n, a multiple of [#SMALL].
    private static long half(long n) {
        return Math.ceilDiv(Math.ceilDiv(n, SMALL), 2) * SMALL;
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

    private void solveRows(Matrix r, Matrix b) {
        blas.openBlas()
                .strsmRightUpperTransposed(
                        CpuBlas.size(b.rows()),
                        CpuBlas.size(b.cols()),
                        r.data(),
                        CpuBlas.ld(r),
                        b.data(),
                        CpuBlas.ld(b));
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
