package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Cholesky factors of small systems, one in each column of a matrix: as many at a time as a vector
/// has lanes, so that each line below is the textbook's for one of them.
public final class SmallSystems {

    private SmallSystems() {}

    /// The order k of systems whose lower triangles have `elements` elements.
    public static int order(long elements) {
        int k = (int) Math.round((Math.sqrt(8.0 * elements + 1) - 1) / 2);
        if (k * (k + 1L) / 2 != elements) {
            throw new IllegalArgumentException(
                    "small systems: expected k (k + 1) / 2 rows, found " + elements);
        }
        return k;
    }

    /// Where row `i` of a lower triangle begins.
    private static int at(int i) {
        return i * (i + 1) / 2;
    }

    /// `A + 1 = L L^T` for the columns from `column` on, as many as a vector has lanes.
    static void factor(Matrix a, long column) {
        int k = order(a.rows());
        float[] l = load(a, column);
        for (int i = 0; i < k; i++) {
            for (int j = 0; j < i; j++) {
                FloatVector dot = minusDot(l, at(i) + j, at(i), at(j), j);
                store(dot.div(vector(l, at(j) + j)), l, at(i) + j);
            }
            FloatVector pivot = minusDot(l, at(i) + i, at(i), at(i), i).add(1);
            store(pivot.sqrt(), l, at(i) + i);
        }
        store(l, a, column);
    }

    /// `C := L^-T L^-1 C` for the same columns.
    static void solve(Matrix triangles, Matrix right, long column) {
        int k = order(triangles.rows());
        float[] l = load(triangles, column);
        float[] c = load(right, column);
        for (int i = 0; i < k; i++) {
            FloatVector left = vector(c, i);
            for (int j = 0; j < i; j++) {
                left = vector(l, at(i) + j).neg().fma(vector(c, j), left);
            }
            store(left.div(vector(l, at(i) + i)), c, i);
        }
        for (int i = k - 1; i >= 0; i--) {
            FloatVector left = vector(c, i);
            for (int j = i + 1; j < k; j++) {
                left = vector(l, at(j) + i).neg().fma(vector(c, j), left);
            }
            store(left.div(vector(l, at(i) + i)), c, i);
        }
        store(c, right, column);
    }

    /// Vector `of` less the sum of the products of `count` vectors from `x` on and from `y` on.
    private static FloatVector minusDot(float[] l, int of, int x, int y, int count) {
        FloatVector left = vector(l, of);
        for (int m = 0; m < count; m++) {
            left = vector(l, x + m).neg().fma(vector(l, y + m), left);
        }
        return left;
    }

    private static FloatVector vector(float[] values, int index) {
        return FloatVector.fromArray(Lanes.FLOATS, values, index * Lanes.COUNT);
    }

    private static void store(FloatVector value, float[] values, int index) {
        value.intoArray(values, index * Lanes.COUNT);
    }

    /// The lanes past the last column are 0.
    private static float[] load(Matrix a, long column) {
        VectorMask<Float> lanes = Lanes.FLOATS.indexInRange(column, a.cols());
        float[] values = new float[Math.toIntExact(a.rows() * Lanes.COUNT)];
        for (int i = 0; i < a.rows(); i++) {
            store(Lanes.load(a.row(i), column, lanes), values, i);
        }
        return values;
    }

    private static void store(float[] values, Matrix a, long column) {
        VectorMask<Float> lanes = Lanes.FLOATS.indexInRange(column, a.cols());
        for (int i = 0; i < a.rows(); i++) {
            Lanes.store(vector(values, i), a.row(i), column, lanes);
        }
    }
}
