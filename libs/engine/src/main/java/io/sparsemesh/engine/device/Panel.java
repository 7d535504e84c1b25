package io.sparsemesh.engine.device;

import static io.sparsemesh.engine.device.Lanes.COUNT;
import static io.sparsemesh.engine.device.Lanes.FLOATS;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/// Some rows of a column block in an array that fits into the first-level cache: [#ROWS] rows of W
/// side by side, column after column. Rows are independent of each other, so a vector holds one
/// column's weights of as many rows as it has lanes. Rows that the tile does not have are zeros.
final class Panel {

    /// Rows of a panel: with the 128 columns of the paper's block, 16 KiB.
    static final int ROWS = 32;

    /// Columns of one call of the inner kernel; with them and two vectors of rows eight sums are
    /// in registers at once, enough to hide the latency of a multiply-add.
    private static final int COLUMNS = 4;

    private final Transposition transposition = new Transposition();
    private float[] values = new float[0];

    /// Makes room for `columns`, whose values are not specified.
    void ensure(int columns) {
        if (values.length < columns * ROWS) {
            values = new float[columns * ROWS];
        }
    }

    float[] values() {
        return values;
    }

    /// Reads the rows `from` to `to` of W, at most [#ROWS], of a matrix that is W transposed.
    void load(Matrix transposed, long from, long to) {
        int columns = (int) transposed.rows();
        ensure(columns);
        int rows = (int) (to - from);
        MemorySegment memory = transposed.data();
        for (int c = 0; c < columns; c++) {
            long at = c * transposed.stride() + from;
            if (rows == ROWS) {
                for (int r = 0; r < ROWS; r += COUNT) {
                    Lanes.load(memory, at + r).intoArray(values, c * ROWS + r);
                }
            } else {
                loadPart(memory, at, c * ROWS, rows);
            }
        }
    }

    private void loadPart(MemorySegment memory, long at, int index, int rows) {
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, at * Float.BYTES, values, index, rows);
        java.util.Arrays.fill(values, index + rows, index + ROWS, 0);
    }

    /// Writes to the rows `from` to `to` of W.
    void store(Matrix transposed, long from, long to) {
        int rows = (int) (to - from);
        MemorySegment memory = transposed.data();
        for (int c = 0; c < transposed.rows(); c++) {
            long at = c * transposed.stride() + from;
            if (rows == ROWS) {
                for (int r = 0; r < ROWS; r += COUNT) {
                    Lanes.store(get(c, r), memory, at + r);
                }
            } else {
                MemorySegment.copy(
                        values, c * ROWS, memory, ValueLayout.JAVA_FLOAT, at * Float.BYTES, rows);
            }
        }
    }

    /// Reads the rows `from` to `to` of W, at most [#ROWS].
    void loadRows(Matrix w, long from, long to) {
        int columns = (int) w.cols();
        ensure(columns);
        int rows = (int) (to - from);
        int whole = rows == ROWS ? Lanes.bound(columns) : 0;
        long at = from * w.stride();
        for (int c = 0; c < whole; c += COUNT) {
            for (int r = 0; r < ROWS; r += COUNT) {
                transposition.load(
                        w.data(), at + r * w.stride() + c, w.stride(), values, c * ROWS + r, ROWS);
            }
        }
        for (int c = whole; c < columns; c++) {
            for (int r = 0; r < ROWS; r++) {
                values[c * ROWS + r] = r < rows ? w.get(from + r, c) : 0;
            }
        }
    }

    /// Writes the rows `from` to `to` of W.
    void storeRows(Matrix w, long from, long to) {
        int columns = (int) w.cols();
        int rows = (int) (to - from);
        int whole = rows == ROWS ? Lanes.bound(columns) : 0;
        long at = from * w.stride();
        for (int c = 0; c < whole; c += COUNT) {
            for (int r = 0; r < ROWS; r += COUNT) {
                transposition.store(
                        values, c * ROWS + r, ROWS, w.data(), at + r * w.stride() + c, w.stride());
            }
        }
        for (int c = whole; c < columns; c++) {
            for (int r = 0; r < rows; r++) {
                w.set(from + r, c, values[c * ROWS + r]);
            }
        }
    }

    /// Column `c` in the rows from `r` on.
    FloatVector get(int c, int r) {
        return FloatVector.fromArray(FLOATS, values, c * ROWS + r);
    }

    void set(int c, int r, FloatVector column) {
        column.intoArray(values, c * ROWS + r);
    }

    /// `V_c := V_c + sum over k < depth of X_k U_kc`, for the columns c from `left` to `right` of
    /// this panel V.
    void addProduct(Panel x, PackedU u, int depth, int left, int right) {
        int c = left;
        for (; c + COLUMNS <= right; c += COLUMNS) {
            addToFour(values, x.values, u, depth, c);
        }
        for (; c < right; c++) {
            addToOne(values, x.values, u, depth, c);
        }
    }

    private static void addToFour(float[] values, float[] x, PackedU packed, int depth, int c) {
        float[] u = packed.columns();
        int u0 = packed.column(c);
        int u1 = packed.column(c + 1);
        int u2 = packed.column(c + 2);
        int u3 = packed.column(c + 3);
        for (int r = 0; r < ROWS; r += 2 * COUNT) {
            int at = c * ROWS + r;
            FloatVector a0 = FloatVector.fromArray(FLOATS, values, at);
            FloatVector b0 = FloatVector.fromArray(FLOATS, values, at + COUNT);
            FloatVector a1 = FloatVector.fromArray(FLOATS, values, at + ROWS);
            FloatVector b1 = FloatVector.fromArray(FLOATS, values, at + ROWS + COUNT);
            FloatVector a2 = FloatVector.fromArray(FLOATS, values, at + 2 * ROWS);
            FloatVector b2 = FloatVector.fromArray(FLOATS, values, at + 2 * ROWS + COUNT);
            FloatVector a3 = FloatVector.fromArray(FLOATS, values, at + 3 * ROWS);
            FloatVector b3 = FloatVector.fromArray(FLOATS, values, at + 3 * ROWS + COUNT);
            for (int k = 0; k < depth; k++) {
                FloatVector a = FloatVector.fromArray(FLOATS, x, k * ROWS + r);
                FloatVector b = FloatVector.fromArray(FLOATS, x, k * ROWS + r + COUNT);
                FloatVector s0 = FloatVector.broadcast(FLOATS, u[u0 + k]);
                a0 = a.fma(s0, a0);
                b0 = b.fma(s0, b0);
                FloatVector s1 = FloatVector.broadcast(FLOATS, u[u1 + k]);
                a1 = a.fma(s1, a1);
                b1 = b.fma(s1, b1);
                FloatVector s2 = FloatVector.broadcast(FLOATS, u[u2 + k]);
                a2 = a.fma(s2, a2);
                b2 = b.fma(s2, b2);
                FloatVector s3 = FloatVector.broadcast(FLOATS, u[u3 + k]);
                a3 = a.fma(s3, a3);
                b3 = b.fma(s3, b3);
            }
            a0.intoArray(values, at);
            b0.intoArray(values, at + COUNT);
            a1.intoArray(values, at + ROWS);
            b1.intoArray(values, at + ROWS + COUNT);
            a2.intoArray(values, at + 2 * ROWS);
            b2.intoArray(values, at + 2 * ROWS + COUNT);
            a3.intoArray(values, at + 3 * ROWS);
            b3.intoArray(values, at + 3 * ROWS + COUNT);
        }
    }

    private static void addToOne(float[] values, float[] x, PackedU packed, int depth, int c) {
        float[] u = packed.columns();
        int at = packed.column(c);
        for (int r = 0; r < ROWS; r += COUNT) {
            FloatVector sum = FloatVector.fromArray(FLOATS, values, c * ROWS + r);
            for (int k = 0; k < depth; k++) {
                FloatVector column = FloatVector.fromArray(FLOATS, x, k * ROWS + r);
                sum = column.fma(FloatVector.broadcast(FLOATS, u[at + k]), sum);
            }
            sum.intoArray(values, c * ROWS + r);
        }
    }
}
