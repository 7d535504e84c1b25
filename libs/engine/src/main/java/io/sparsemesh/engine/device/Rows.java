package io.sparsemesh.engine.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.MemorySegment;

/// Rows of matrices in arrays. Sums run in double and four lanes, in an order that depends on the
/// length only.
final class Rows {

    private Rows() {}

    static float[] array(Matrix a, long row) {
        float[] values = new float[Math.toIntExact(a.cols())];
        read(a, row, values);
        return values;
    }

    /// Fills the front of `values` with a row.
    static void read(Matrix a, long row, float[] values) {
        long offset = row * a.stride() * Float.BYTES;
        MemorySegment.copy(a.data(), JAVA_FLOAT, offset, values, 0, (int) a.cols());
    }

    static void write(float[] values, Matrix a, long row) {
        long offset = row * a.stride() * Float.BYTES;
        MemorySegment.copy(values, 0, a.data(), JAVA_FLOAT, offset, (int) a.cols());
    }

    static double sum(float[] x) {
        return sum(x, x.length);
    }

    static double sum(float[] x, int n) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = 0;
        for (; i + 4 <= n; i += 4) {
            a += x[i];
            b += x[i + 1];
            c += x[i + 2];
            d += x[i + 3];
        }
        for (; i < n; i++) {
            a += x[i];
        }
        return (a + b) + (c + d);
    }

    static double sumOfSquares(float[] x) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = 0;
        for (; i + 4 <= x.length; i += 4) {
            a += (double) x[i] * x[i];
            b += (double) x[i + 1] * x[i + 1];
            c += (double) x[i + 2] * x[i + 2];
            d += (double) x[i + 3] * x[i + 3];
        }
        for (; i < x.length; i++) {
            a += (double) x[i] * x[i];
        }
        return (a + b) + (c + d);
    }

    /// Largest of the first `n` elements, NaN when one is.
    static float max(float[] x, int n) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    /// First index of `value`, -1 where there is none.
    static int indexOf(float[] x, float value) {
        for (int i = 0; i < x.length; i++) {
            if (x[i] == value) {
                return i;
            }
        }
        return -1;
    }
}
