package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.util.Arrays;

/// Checks that the shapes of an operation fit, so that every back end refuses the same calls.
public final class Shapes {

    private Shapes() {}

    /// `C [m x n] = A [m x k] B [k x n]`, the sizes being those after transposition.
    public static void checkProduct(String operation, long m, long k, long kOfB, long n, Matrix c) {
        if (k != kOfB || c.rows() != m || c.cols() != n) {
            throw new IllegalArgumentException(
                    "%s: expected [m x k] [k x n] -> [m x n], found [%d x %d] [%d x %d] -> [%d x %d]"
                            .formatted(operation, m, k, kOfB, n, c.rows(), c.cols()));
        }
    }

    public static void checkShape(String operation, String name, Matrix a, long rows, long cols) {
        if (a.rows() != rows || a.cols() != cols) {
            throw new IllegalArgumentException(
                    "%s: expected %s [%d x %d], found [%d x %d]"
                            .formatted(operation, name, rows, cols, a.rows(), a.cols()));
        }
    }

    public static void checkGrid(Matrix w, GridShape shape, Matrix scale, Matrix zero) {
        checkShape("spanGrid", "scale", scale, shape.groups(w.cols()), w.rows());
        checkShape("spanGrid", "zero", zero, shape.groups(w.cols()), w.rows());
    }

    /// A normalisation of the rows of x: one weight per column, y of the same shape.
    public static void checkNorm(String operation, Matrix x, Matrix weight, Matrix y) {
        checkShape(operation, "weight", weight, 1, x.cols());
        checkShape(operation, "y", y, x.rows(), x.cols());
    }

    /// The rows of y are those of x, repeated.
    public static void checkRepeated(String operation, Matrix x, Matrix y) {
        if (x.cols() != y.cols() || (y.rows() > 0 && (x.rows() == 0 || y.rows() % x.rows() != 0))) {
            throw new IllegalArgumentException(
                    "%s: expected x [m x n] and y [k m x n], found [%d x %d] and [%d x %d]"
                            .formatted(operation, x.rows(), x.cols(), y.rows(), y.cols()));
        }
    }

    public static void checkRotation(Matrix cos, Matrix sin, Heads x) {
        checkShape("rotate", "sin", sin, cos.rows(), cos.cols());
        checkRepeated("rotate", cos.columns(0, 0), x.data().columns(0, 0));
        if (2 * cos.cols() > x.size()) {
            throw new IllegalArgumentException(
                    "rotate: expected heads of at least 2 x %d columns, found %d"
                            .formatted(cos.cols(), x.size()));
        }
    }

    public static void checkCap(float cap) {
        if (!(cap > 0)) {
            throw new IllegalArgumentException("softCap: expected cap > 0, found " + cap);
        }
    }

    public static void checkAttention(Attention attention, Heads q, Heads k, Heads v, Matrix out) {
        long rows = q.data().rows();
        checkShape("attention", "out", out, rows, q.count() * v.size());
        boolean fits =
                rows % attention.length() == 0
                        && k.data().rows() == rows
                        && v.data().rows() == rows
                        && k.size() == q.size()
                        && k.count() == v.count()
                        && k.count() > 0
                        && q.count() % k.count() == 0;
        if (!fits) {
            throw new IllegalArgumentException(
                    "attention: %d rows in sequences of %d do not fit q %s, k %s, v %s"
                            .formatted(rows, attention.length(), text(q), text(k), text(v)));
        }
        int slopes = attention.slopes().size();
        if (slopes != 0 && slopes != q.count()) {
            throw new IllegalArgumentException(
                    "attention: expected %d slopes, found %d".formatted(q.count(), slopes));
        }
    }

    private static String text(Heads x) {
        return "[%d rows, %d heads of %d]".formatted(x.data().rows(), x.count(), x.size());
    }

    public static void checkGather(Matrix table, int[] rows, Matrix out) {
        checkShape("gather", "out", out, rows.length, table.cols());
        checkIndices("gather", "row", rows, table.rows());
    }

    public static void checkScatter(Matrix x, int[] rows, float[] factors, Matrix y) {
        checkShape("scatterAdd", "x", x, rows.length, y.cols());
        checkIndices("scatterAdd", "row", rows, y.rows());
        if (factors.length != rows.length) {
            throw new IllegalArgumentException(
                    "scatterAdd: expected %d factors, found %d"
                            .formatted(rows.length, factors.length));
        }
        if (Arrays.stream(rows).distinct().count() != rows.length) {
            throw new IllegalArgumentException("scatterAdd: expected rows that all differ");
        }
    }

    public static void checkTargets(Matrix logits, int[] targets) {
        if (targets.length != logits.rows()) {
            throw new IllegalArgumentException(
                    "score: expected %d targets, found %d"
                            .formatted(logits.rows(), targets.length));
        }
        checkIndices("score", "target", targets, logits.cols());
    }

    private static void checkIndices(String operation, String what, int[] indices, long limit) {
        for (int i = 0; i < indices.length; i++) {
            if (indices[i] < 0 || indices[i] >= limit) {
                throw new IllegalArgumentException(
                        "%s: expected %s %d below %d, found %d"
                                .formatted(operation, what, i, limit, indices[i]));
            }
        }
    }
}
