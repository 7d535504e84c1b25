package io.sparsemesh.engine.device;

import static io.sparsemesh.engine.device.Lanes.COUNT;
import static io.sparsemesh.engine.device.Lanes.FLOATS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Factors and inverts a small matrix in arrays: scratch memory of one thread.
///
/// Both fill the rows of a triangle from the last one up, and each row subtracts multiples of the
/// rows that are done; four vectors of it collect them in registers.
final class DiagonalBlock {

    /// Beyond this size the arrays leave the cache, and LAPACK is faster.
    static final long LARGEST = 256;

    /// Elements that collect together.
    private static final int GROUP = 4 * COUNT;

    /// A row in the arrays takes a whole number of groups.
    private int stride;

    private float[] given = new float[0];
    private float[] result = new float[0];
    private float[] row = new float[0];

    private void begin(int n) {
        stride = Math.ceilDiv(n, GROUP) * GROUP;
        if (given.length < n * stride) {
            given = new float[n * stride];
            result = new float[n * stride];
        }
        row = row.length < stride ? new float[stride] : row;
        Arrays.fill(result, 0, n * stride, 0);
    }

    /// R := the upper factor of A, `A = R R^T`, in place of A, whose upper triangle alone is read
    /// and written. Column k, from the last one: `R_ik = (A_ik - sum over j > k of R_ij R_kj) /
    /// R_kk`. In the arrays a column is a row.
    ///
    /// @return the column whose pivot is not positive, or -1
    int factor(Matrix a) {
        int n = Math.toIntExact(a.rows());
        begin(n);
        for (int i = 0; i < n; i++) {
            MemorySegment.copy(a.row(i), JAVA_FLOAT, 0, row, 0, n);
            for (int k = i; k < n; k++) {
                given[k * stride + i] = row[k];
            }
        }
        for (int k = n - 1; k >= 0; k--) {
            int at = k * stride;
            for (int i = 0; i <= k; i += GROUP) {
                collect(at + i, result, k, stride, k + 1, n, i);
            }
            float pivot = result[at + k];
            if (!(pivot > 0)) {
                return k;
            }
            scale(at, at + k + 1, (float) (1 / Math.sqrt(pivot)));
        }
        for (int i = 0; i < n; i++) {
            for (int k = i; k < n; k++) {
                row[k] = result[k * stride + i];
            }
            MemorySegment.copy(row, i, a.row(i), JAVA_FLOAT, (long) i * Float.BYTES, n - i);
        }
        return -1;
    }

    /// `U := R^-1`, zeros below its diagonal. Row i, from the last one: `U_ij = (1 where i = j -
    /// sum over k > i of R_ik U_kj) / R_ii`.
    void invert(Matrix r, Matrix u) {
        int n = Math.toIntExact(r.rows());
        begin(n);
        Arrays.fill(given, 0, n * stride, 0);
        for (int i = n - 1; i >= 0; i--) {
            MemorySegment.copy(r.row(i), JAVA_FLOAT, 0, row, 0, n);
            int at = i * stride;
            given[at + i] = 1;
            for (int j = i / GROUP * GROUP; j < n; j += GROUP) {
                collect(at + j, row, 0, 1, i + 1, Math.min(j + GROUP, n), j);
            }
            scale(at + i, at + n, 1 / row[i]);
            MemorySegment.copy(result, at, u.row(i), JAVA_FLOAT, 0, n);
        }
    }

    /// A group of a row of the result: `given - sum over k of factors[first + k step] result_k`,
    /// for the rows k from `from` to `to`, of each the group that begins at `column`.
    ///
    /// @param at of the group in the arrays
    private void collect(
            int at, float[] factors, int first, int step, int from, int to, int column) {
        FloatVector s0 = FloatVector.fromArray(FLOATS, given, at);
        FloatVector s1 = FloatVector.fromArray(FLOATS, given, at + COUNT);
        FloatVector s2 = FloatVector.fromArray(FLOATS, given, at + 2 * COUNT);
        FloatVector s3 = FloatVector.fromArray(FLOATS, given, at + 3 * COUNT);
        for (int k = from; k < to; k++) {
            FloatVector f = FloatVector.broadcast(FLOATS, -factors[first + k * step]);
            int of = k * stride + column;
            s0 = FloatVector.fromArray(FLOATS, result, of).fma(f, s0);
            s1 = FloatVector.fromArray(FLOATS, result, of + COUNT).fma(f, s1);
            s2 = FloatVector.fromArray(FLOATS, result, of + 2 * COUNT).fma(f, s2);
            s3 = FloatVector.fromArray(FLOATS, result, of + 3 * COUNT).fma(f, s3);
        }
        s0.intoArray(result, at);
        s1.intoArray(result, at + COUNT);
        s2.intoArray(result, at + 2 * COUNT);
        s3.intoArray(result, at + 3 * COUNT);
    }

    private void scale(int from, int to, float factor) {
        for (int i = from; i < to; i++) {
            result[i] *= factor;
        }
    }
}
