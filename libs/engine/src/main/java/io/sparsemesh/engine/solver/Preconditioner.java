package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;

/// The damped Gram matrix as [Nystrom]'s few directions and a diagonal, `H ~ F F^T + diag(d)`,
/// inverted on the mask of each row: with G the rows of `diag(d)^-1 F` that the mask keeps and
/// `A = F^T G`, by Woodbury's formula `M^-1 = diag(d)^-1 - G (A + 1)^-1 G^T`. Layers' inputs lie
/// mostly in a few directions, and those are what conjugate gradient is slow at.
///
/// @param d `[1 x n]`
/// @param gt G of a full mask, transposed, `[rank x n]`
/// @param l the factors of each row's `A + 1`, `[rank (rank + 1) / 2 x rows]`
/// @param c `[rank x rows]`, scratch
record Preconditioner(Device device, Matrix d, Matrix gt, Matrix l, Matrix c) {

    /// More directions halve the error that three steps leave, and cost a step to make.
    private static final int RANK = 32;

    /// Of a matrix with few columns a share, or there would be nothing left to iterate on.
    private static final int COLUMNS_A_DIRECTION = 2;

    /// The least share of H's diagonal that is left to d.
    private static final double LEAST = 1e-3;

    /// @param arena owns it
    /// @param q `[rows x n]`; what is not 0 in it is kept
    static Preconditioner of(Device device, Arena arena, GramFactor factor, Matrix q) {
        int n = Math.toIntExact(q.cols());
        int rank = Math.clamp(n / COLUMNS_A_DIRECTION, 1, RANK);
        double[][] ft = Nystrom.factor(device, factor, rank);
        double[] d = rest(factor.dampedDiagonal(device), ft);
        Matrix diagonal = device.scratch(arena, 1, n);
        Matrix gt = device.scratch(arena, rank, n);
        Matrix l = device.scratch(arena, rank * (rank + 1L) / 2, q.rows());
        HostValues.upload(device, (_, c) -> d[c], diagonal);
        HostValues.upload(device, (i, c) -> ft[i][c] / d[c], gt);
        try (Arena scratch = Arena.ofShared()) {
            Matrix products = device.scratch(scratch, n, l.rows());
            HostValues.upload(device, products(ft, d), products);
            Matrix kept = device.scratch(scratch, n, q.rows());
            device.pruning().transpose(q, kept);
            device.pruning().kept(kept, kept);
            device.blas().transposedMultiply(1, products, kept, 0, l);
        }
        device.pruning().factorEach(l);
        return new Preconditioner(device, diagonal, gt, l, device.scratch(arena, rank, q.rows()));
    }

    /// The diagonal of `H - F F^T`.
    private static double[] rest(double[] diagonal, double[][] ft) {
        double[] rest = new double[diagonal.length];
        for (int c = 0; c < rest.length; c++) {
            double left = diagonal[c];
            for (double[] f : ft) {
                left -= f[c] * f[c];
            }
            rest[c] = Math.max(left, LEAST * diagonal[c]);
        }
        return rest;
    }

    /// What input `c` adds to each element of the lower triangle of A where it is kept.
    private static HostValues products(double[][] ft, double[] d) {
        int[] row = new int[ft.length * (ft.length + 1) / 2];
        int[] col = new int[row.length];
        int at = 0;
        for (int i = 0; i < ft.length; i++) {
            for (int j = 0; j <= i; j++) {
                row[at] = i;
                col[at++] = j;
            }
        }
        return (c, element) -> ft[row[element]][c] * ft[col[element]][c] / d[c];
    }

    /// `Y := R / d - M^-1 R`, where the masks keep it; elsewhere of no meaning.
    ///
    /// @param r `[rows x n]`, 0 outside the masks
    void takenOff(Matrix r, Matrix y) {
        device.blas().multiplyTransposed(1, gt, r, 0, c);
        device.pruning().solveEach(l, c);
        device.blas().transposedMultiply(1, c, gt, 0, y);
    }
}
