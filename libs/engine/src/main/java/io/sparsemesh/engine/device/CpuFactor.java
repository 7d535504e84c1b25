package io.sparsemesh.engine.device;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.sparsemesh.engine.device.natives.OpenBlas;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The factor `H + diag(d) = R R^T` with R upper triangular, from the last column to the first.
/// LAPACK knows lower factors only.
final class CpuFactor {

    /// Matrices up to this size are factored at once, and solved with by their inverses.
    private static final long SMALL = 128;

    /// Matrices up to this size are factored by panels, larger ones by halves.
    private static final long MEDIUM = 1024;

    private static final long STRIP = 64;
    private static final long COPY_ROWS = 64;
    private static final long GRAIN = 16;

    private final CpuBlas blas;
    private final Tiles tiles;
    private final DiagonalBlock diagonal = new DiagonalBlock();

    /// Scratch memory of each worker, a strip of a solve.
    private final Matrix[] copies;

    /// Inverses of the diagonal blocks of R, one below the other; kept and grown.
    private Matrix inverses = Matrix.allocate(Arena.ofAuto(), 0, SMALL);

    CpuFactor(CpuBlas blas, Tiles tiles) {
        this.blas = blas;
        this.tiles = tiles;
        copies = new Matrix[tiles.threads()];
        for (int worker = 0; worker < copies.length; worker++) {
            copies[worker] = Matrix.allocate(Arena.ofAuto(), STRIP, SMALL);
        }
    }

    /// In float; a large matrix by halves: factor the lower right quarter, solve for the upper
    /// right one, subtract its square from the upper left one, factor that.
    ///
    /// @return the column whose pivot is not positive, or -1
    long inFloat(Matrix h, Matrix d, Matrix r) {
        copyUpper(h, d, r);
        if (inverses.rows() < r.rows()) {
            inverses = Matrix.allocate(Arena.ofAuto(), r.rows(), SMALL);
        }
        return factor(r, inverses.rows(0, r.rows()));
    }

    /// @param own of the inverses, those of the diagonal blocks of A
    private long factor(Matrix a, Matrix own) {
        long n = a.rows();
        if (n <= MEDIUM) {
            return factorByPanels(a, own);
        }
        long half = half(n);
        Matrix lower = a.view(half, half, n - half, n - half);
        Matrix lowerInverses = own.rows(half, n);
        long column = factor(lower, lowerInverses);
        if (column >= 0) {
            return half + column;
        }
        Matrix right = a.view(0, half, half, n - half);
        solve(lower, lowerInverses, right);
        Matrix upper = a.view(0, 0, half, half);
        blas.addSquare(-1, right, false, upper);
        return factor(upper, own.rows(0, half));
    }

    /// By panels of [#SMALL] columns, from the last one: `A[0:right, panel] -= R[0:right, done]
    /// R[panel, done]^T`, factor the panel's diagonal block, solve for the rows above it.
    private long factorByPanels(Matrix a, Matrix own) {
        long n = a.rows();
        for (long left = (Math.ceilDiv(n, SMALL) - 1) * SMALL; left >= 0; left -= SMALL) {
            long right = Math.min(left + SMALL, n);
            Matrix inverse = own.view(left, 0, right - left, right - left);
            int column = updatePanel(a, left, right, inverse);
            if (column >= 0) {
                return left + column;
            }
            solveSmall(inverse, a.view(0, left, left, right - left));
        }
        return -1;
    }

    /// Updates a panel's rows up to its diagonal block, and factors and inverts that meanwhile.
    ///
    /// @return the column of the block whose pivot is not positive, or -1
    private int updatePanel(Matrix a, long left, long right, Matrix inverse) {
        Matrix done = a.columns(right, a.cols());
        Matrix ofPanel = done.rows(left, right);
        Split above = Split.of(left, SMALL, GRAIN);
        int[] column = new int[1];
        tiles.forEach(
                1 + above.pieces(),
                (tile, worker) -> {
                    if (tile == 0) {
                        Matrix block = a.view(left, left, right - left, right - left);
                        blas.syrk(-1, ofPanel, false, block);
                        column[0] = factorSmall(block, inverse);
                    } else {
                        long from = above.from(tile - 1);
                        long to = above.to(tile - 1);
                        Matrix rows = a.view(from, left, to - from, right - left);
                        blas.gemm(-1, done.rows(from, to), false, ofPanel, true, 1, rows);
                    }
                });
        return column[0];
    }

    private int factorSmall(Matrix block, Matrix inverse) {
        int column = diagonal.factor(block);
        if (column < 0) {
            diagonal.invert(block, inverse);
        }
        return column;
    }

    /// `B := B R^-T`, by halves of R: with `[B1 B2]` and `R = [R11 R12; 0 R22]`, first
    /// `B2 := B2 R22^-T`, then `B1 := (B1 - B2 R12^T) R11^-T`.
    private void solve(Matrix r, Matrix own, Matrix b) {
        long n = r.rows();
        if (n <= SMALL) {
            solveSmall(own.columns(0, n), b);
            return;
        }
        long half = half(n);
        Matrix left = b.columns(0, half);
        Matrix right = b.columns(half, n);
        Matrix r12 = r.view(0, half, half, n - half);
        solve(r.view(half, half, n - half, n - half), own.rows(half, n), right);
        blas.multiplyTransposed(-1, right, r12, 1, left);
        solve(r.view(0, 0, half, half), own.rows(0, half), left);
    }

    /// `B := B U^T` where `U = R^-1`, in strips of rows that are copied first.
    private void solveSmall(Matrix u, Matrix b) {
        Split split = Split.of(b.rows(), STRIP, GRAIN);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    Matrix strip = b.rows(split.from(tile), split.to(tile));
                    Matrix copy = copies[worker].view(0, 0, strip.rows(), strip.cols());
                    copy.copyFrom(strip);
                    blas.gemm(1, copy, false, u, true, 0, strip);
                });
    }

    /// About half of n, a multiple of [#SMALL].
    private static long half(long n) {
        return Math.ceilDiv(Math.ceilDiv(n, SMALL), 2) * SMALL;
    }

    /// `R := upper triangle of H + diag(d)`, zeros below.
    private void copyUpper(Matrix h, Matrix d, Matrix r) {
        Split split = Split.of(h.rows(), COPY_ROWS, 1);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    for (long i = split.from(tile); i < split.to(tile); i++) {
                        copyUpper(h, r, i);
                        r.set(i, i, h.get(i, i) + d.get(i, 0));
                    }
                });
    }

    private static void copyUpper(Matrix h, Matrix r, long row) {
        long before = row * Float.BYTES;
        long after = (h.cols() - row) * Float.BYTES;
        MemorySegment to = r.row(row);
        to.asSlice(0, before).fill((byte) 0);
        MemorySegment.copy(h.row(row), before, to, before, after);
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
        if (r.rows() <= DiagonalBlock.LARGEST) {
            new DiagonalBlock().invert(r, u);
            return;
        }
        u.copyFrom(r);
        OpenBlas openBlas = blas.openBlas();
        int info = openBlas.strtriUpper(CpuBlas.size(u.rows()), u.data(), CpuBlas.ld(u));
        if (info > 0) {
            throw new DeviceException("strtri", info, "zero on the diagonal of a factor");
        }
    }
}
