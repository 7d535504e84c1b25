package io.sparsemesh.engine.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of matrices in arrays. Sums run in double, in an order that depends on the length and the
/// machine's vectors only.
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
        DoubleVector low = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector high = low;
        int i = 0;
        for (; i < Lanes.bound(n); i += Lanes.COUNT) {
            low = low.add(Lanes.doubles(x, i));
            high = high.add(Lanes.doubles(x, i + Lanes.DOUBLE_COUNT));
        }
        double sum = Lanes.sum(low.add(high));
        for (; i < n; i++) {
            sum += x[i];
        }
        return sum;
    }

    static double sumOfSquares(float[] x) {
        DoubleVector low = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector high = low;
        int i = 0;
        for (; i < Lanes.bound(x.length); i += Lanes.COUNT) {
            DoubleVector first = Lanes.doubles(x, i);
            DoubleVector second = Lanes.doubles(x, i + Lanes.DOUBLE_COUNT);
            low = first.fma(first, low);
            high = second.fma(second, high);
        }
        double sum = Lanes.sum(low.add(high));
        for (; i < x.length; i++) {
            sum += (double) x[i] * x[i];
        }
        return sum;
    }

    /// Largest of the first `n` elements, NaN when one is.
    static float max(float[] x, int n) {
        FloatVector largest = FloatVector.broadcast(Lanes.FLOATS, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i < Lanes.bound(n); i += Lanes.COUNT) {
            largest = largest.max(FloatVector.fromArray(Lanes.FLOATS, x, i));
        }
        float max = largest.reduceLanes(VectorOperators.MAX);
        for (; i < n; i++) {
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
