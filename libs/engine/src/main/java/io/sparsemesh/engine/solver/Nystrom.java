package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;

/// The part of a Gram matrix that lies in few directions: `H ~ F F^T` by Nystrom's method,
/// `F = H V (V^T H V)^(-1/2)` with V an orthonormal basis that a few multiplications with H have
/// turned toward the eigenvectors of its largest eigenvalues (Halko, Martinsson, Tropp, 2011,
/// algorithm 5.5). `H - F F^T` is positive semidefinite whatever V is.
final class Nystrom {

    /// Multiplications with H before the last: one leaves a fifth more of the error after three
    /// steps, a third changes nothing.
    private static final int TURNS = 2;

    /// Pivots below this share of the greatest are rounding: their direction counts for nothing.
    private static final double ROUNDING = 1e-6;

    private Nystrom() {}

    /// F transposed, `[rank x n]`. The same H gives the same bits.
    static double[][] factor(Device device, GramFactor factor, int rank) {
        double[][] basis = orthonormal(random(rank, Math.toIntExact(factor.h().rows())));
        for (int turn = 0; turn < TURNS; turn++) {
            basis = orthonormal(multiply(device, factor, basis));
        }
        return divide(multiply(device, factor, basis), basis);
    }

    private static double[][] random(int rank, int n) {
        SplittableRandom random = new SplittableRandom(0);
        double[][] rows = new double[rank][n];
        for (double[] row : rows) {
            for (int c = 0; c < n; c++) {
                row[c] = random.nextDouble(-1, 1);
            }
        }
        return rows;
    }

    /// Gram and Schmidt's, twice, on the rows. A row that the others span becomes 0.
    private static double[][] orthonormal(double[][] rows) {
        for (int i = 0; i < rows.length; i++) {
            double length = length(rows[i]);
            for (int j = 0; j < 2 * i; j++) {
                add(-dot(rows[i], rows[j % i]), rows[j % i], rows[i]);
            }
            double left = length(rows[i]);
            scale(left > ROUNDING * length ? 1 / left : 0, rows[i]);
        }
        return rows;
    }

    /// `V H` with H damped, V and the product `[rank x n]`.
    private static double[][] multiply(Device device, GramFactor factor, double[][] rows) {
        try (Arena arena = Arena.ofShared()) {
            Matrix host = Matrix.allocate(arena, rows.length, factor.h().rows());
            for (int i = 0; i < rows.length; i++) {
                for (int c = 0; c < rows[i].length; c++) {
                    host.set(i, c, (float) rows[i][c]);
                }
            }
            Matrix v = device.scratch(arena, host.rows(), host.cols());
            Matrix product = device.scratch(arena, host.rows(), host.cols());
            device.upload(host, v);
            factor.multiplyDamped(device, v, product);
            device.download(product, host);
            return toRows(host);
        }
    }

    private static double[][] toRows(Matrix host) {
        double[][] rows = new double[(int) host.rows()][(int) host.cols()];
        for (int i = 0; i < rows.length; i++) {
            for (int c = 0; c < rows[i].length; c++) {
                rows[i][c] = host.get(i, c);
            }
        }
        return rows;
    }

    /// `Y := L^-1 Y` with `Y V^T = L L^T`.
    private static double[][] divide(double[][] y, double[][] basis) {
        double[][] l = cholesky(y, basis);
        for (int i = 0; i < y.length; i++) {
            for (int j = 0; j < i; j++) {
                add(-l[i][j], y[j], y[i]);
            }
            scale(l[i][i] == 0 ? 0 : 1 / l[i][i], y[i]);
        }
        return y;
    }

    /// L; 0 on its diagonal for a direction that is given up.
    private static double[][] cholesky(double[][] y, double[][] basis) {
        double[][] l = new double[y.length][y.length];
        double most = 0;
        for (int i = 0; i < y.length; i++) {
            double pivot = dot(y[i], basis[i]);
            most = Math.max(most, pivot);
            for (int j = 0; j < i; j++) {
                double left = (dot(y[i], basis[j]) + dot(y[j], basis[i])) / 2;
                for (int m = 0; m < j; m++) {
                    left -= l[i][m] * l[j][m];
                }
                l[i][j] = l[j][j] == 0 ? 0 : left / l[j][j];
                pivot -= l[i][j] * l[i][j];
            }
            l[i][i] = pivot > ROUNDING * most ? Math.sqrt(pivot) : 0;
        }
        return l;
    }

    /// In four sums, so that an addition need not wait for the one before it.
    private static double dot(double[] a, double[] b) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int whole = a.length / 4 * 4;
        for (int c = 0; c < whole; c += 4) {
            s0 += a[c] * b[c];
            s1 += a[c + 1] * b[c + 1];
            s2 += a[c + 2] * b[c + 2];
            s3 += a[c + 3] * b[c + 3];
        }
        for (int c = whole; c < a.length; c++) {
            s0 += a[c] * b[c];
        }
        return (s0 + s1) + (s2 + s3);
    }

    private static double length(double[] a) {
        return Math.sqrt(dot(a, a));
    }

    private static void add(double factor, double[] a, double[] to) {
        for (int c = 0; c < a.length; c++) {
            to[c] += factor * a[c];
        }
    }

    private static void scale(double factor, double[] a) {
        for (int c = 0; c < a.length; c++) {
            a[c] *= factor;
        }
    }
}
