package io.sparsemesh.engine.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The inner loop of Algorithm 1 on a tile of rows, with its scratch memory: one thread's.
///
/// The columns of a block are taken in steps of at most [#STEP]. Inside a step every column updates
/// the later ones at once, in arrays that stay in L1; the columns after the step are updated by one
/// product. All arrays hold column after column, the rows of the tile side by side.
final class Sweep {

    private static final int STEP = 32;

    private final CpuBlas blas;
    private final int capacity;

    /// The mask M as numbers, 1 where a weight goes: `V - V M` is then `+0` there.
    private float[] m = new float[0];

    private float[] v = new float[0];
    private float[] e = new float[0];
    private float[] w = new float[0];
    private int[] rank = new int[0];
    private final float[] squares;

    Sweep(CpuBlas blas, int capacity) {
        this.blas = blas;
        this.capacity = capacity;
        squares = new float[capacity];
    }

    /// Sweeps the rows `from` to `to` of a block whose D holds the look-ahead weights.
    ///
    /// @return the loss of these rows
    double run(ColumnBlock block, Selection selection, Cut cut, long from, long to) {
        int b = Math.toIntExact(block.columns());
        Matrix tile = block.d().columns(from, to);
        float[] scale = CpuPruningOps.inverseDiagonal(block.u());
        int step = stepFor(selection);
        ensure(b, step);
        if (selection instanceof Selection.Smallest) {
            mask(tile, scale, cut, from);
        }
        double loss = 0;
        for (int left = 0; left < b; left += step) {
            int right = Math.min(left + step, b);
            load(tile, left, right, v);
            loss += columns(block.u(), scale, selection, left, right, (int) (to - from));
            store(block, left, right, from, to);
            if (right < b) {
                blas.gemm(
                        -1,
                        block.u().view(left, right, right - left, b - right),
                        true,
                        block.e().view(left, from, right - left, to - from),
                        false,
                        1,
                        tile.rows(right, b));
            }
        }
        return loss;
    }

    /// Drops weights of the rows `from` to `to` of a whole transposed matrix by their magnitude.
    void drop(Matrix weights, Selection selection, Cut cut, long from, long to) {
        Matrix tile = weights.columns(from, to);
        int rows = (int) tile.cols();
        int step = stepFor(selection);
        ensure(step, step);
        float[] ones = new float[step];
        Arrays.fill(ones, 1);
        for (long left = 0; left < tile.rows(); left += step) {
            int width = (int) Math.min(step, tile.rows() - left);
            Matrix part = tile.rows(left, left + width);
            load(part, 0, width, v);
            switch (selection) {
                case Selection.Smallest smallest -> mask(part, ones, cut.after(left), from);
                case Selection.PerGroup groups -> {
                    for (int c = 0; c < width; c += groups.group()) {
                        chooseGroup(ones, groups, c, c, Math.min(c + groups.group(), width), rows);
                    }
                }
            }
            for (int i = 0; i < width * capacity; i++) {
                v[i] -= v[i] * m[i];
            }
            for (int c = 0; c < width; c++) {
                MemorySegment.copy(v, c * capacity, part.row(c), JAVA_FLOAT, 0, rows);
            }
        }
    }

    private static int stepFor(Selection selection) {
        return switch (selection) {
            case Selection.Smallest smallest -> STEP;
            case Selection.PerGroup groups -> Math.max(STEP / groups.group(), 1) * groups.group();
        };
    }

    private void ensure(int columns, int step) {
        if (m.length < columns * capacity) {
            m = new float[columns * capacity];
        }
        if (v.length < step * capacity) {
            v = new float[step * capacity];
            e = new float[step * capacity];
            w = new float[step * capacity];
            rank = new int[step * capacity];
        }
    }

    private void load(Matrix tile, int left, int right, float[] into) {
        for (int c = left; c < right; c++) {
            MemorySegment.copy(
                    tile.row(c), JAVA_FLOAT, 0, into, (c - left) * capacity, (int) tile.cols());
        }
    }

    private void mask(Matrix tile, float[] scale, Cut cut, long firstRow) {
        int rows = (int) tile.cols();
        for (int c = 0; c < tile.rows(); c++) {
            MemorySegment column = tile.row(c);
            if (cut.takesTies()) {
                maskColumn(column, scale[c], cut.bits(), c * capacity, rows);
            } else {
                for (int r = 0; r < rows; r++) {
                    int saliency = Cut.saliency(column.getAtIndex(JAVA_FLOAT, r), scale[c]);
                    m[c * capacity + r] = cut.takes(saliency, firstRow + r, c) ? 1 : 0;
                }
            }
        }
    }

    private void maskColumn(MemorySegment column, float scale, int threshold, int first, int rows) {
        for (int r = 0; r < rows; r++) {
            int saliency = Cut.saliency(column.getAtIndex(JAVA_FLOAT, r), scale);
            // The sign of the difference instead of a branch.
            m[first + r] = 1 + (threshold - saliency >> 31);
        }
    }

    /// The columns `left` to `right` of the block, which are in `v`.
    private double columns(
            Matrix u, float[] scale, Selection selection, int left, int right, int rows) {
        double loss = 0;
        for (int c = left; c < right; c++) {
            if (selection instanceof Selection.PerGroup groups && c % groups.group() == 0) {
                int end = Math.min(c + groups.group(), right);
                chooseGroup(scale, groups, c, c - left, end - left, rows);
            }
            int at = (c - left) * capacity;
            loss += prune(at, c * capacity, scale[c], rows);
            for (int j = c + 1; j < right; j++) {
                update(v, (j - left) * capacity, e, at, u.get(c, j), rows);
            }
        }
        return loss;
    }

    /// `Q := V where kept, else +0` (in place of V), `E := (V - Q) / U_cc`.
    private double prune(int at, int maskAt, float scale, int rows) {
        for (int r = 0; r < rows; r++) {
            float dropped = v[at + r] * m[maskAt + r];
            float error = dropped * scale;
            v[at + r] -= dropped;
            e[at + r] = error;
            squares[r] = error * error;
        }
        double sum = 0;
        for (int r = 0; r < rows; r++) {
            sum += squares[r];
        }
        return sum / 2;
    }

    /// `V_j := V_j - E_c U_cj`.
    private static void update(float[] v, int at, float[] e, int from, float u, int rows) {
        for (int r = 0; r < rows; r++) {
            v[at + r] -= e[from + r] * u;
        }
    }

    /// Marks in each row the weights of a group that go. A weight's rank is the number of weights
    /// in its group that go before it; counting them all needs no branches.
    ///
    /// @param c first column of the group in the block, `left` and `right` its columns in `v`
    private void chooseGroup(
            float[] scale, Selection.PerGroup groups, int c, int left, int right, int rows) {
        for (int a = left; a < right; a++) {
            Arrays.fill(rank, a * capacity, a * capacity + rows, 0);
        }
        for (int a = left; a < right; a++) {
            for (int b = a + 1; b < right; b++) {
                compare(a * capacity, scale[c + a - left], b * capacity, scale[c + b - left], rows);
            }
        }
        for (int a = left; a < right; a++) {
            int maskAt = (c + a - left) * capacity;
            for (int r = 0; r < rows; r++) {
                m[maskAt + r] = rank[a * capacity + r] - groups.drop() >>> 31;
            }
        }
    }

    private void compare(int a, float scaleOfA, int b, float scaleOfB, int rows) {
        for (int r = 0; r < rows; r++) {
            float first = Math.abs(v[a + r] * scaleOfA);
            float second = Math.abs(v[b + r] * scaleOfB);
            int later = Float.floatToRawIntBits(second - first) >>> 31;
            rank[a + r] += later;
            rank[b + r] += 1 - later;
        }
    }

    /// Writes E, Q and D of the columns that are done.
    private void store(ColumnBlock block, int left, int right, long from, long to) {
        int rows = (int) (to - from);
        load(block.w().columns(from, to), left, right, w);
        for (int i = 0; i < (right - left) * capacity; i++) {
            w[i] -= v[i];
        }
        for (int c = left; c < right; c++) {
            int at = (c - left) * capacity;
            MemorySegment.copy(e, at, block.e().view(c, from, 1, rows).data(), JAVA_FLOAT, 0, rows);
            MemorySegment.copy(v, at, block.w().view(c, from, 1, rows).data(), JAVA_FLOAT, 0, rows);
            MemorySegment.copy(w, at, block.d().view(c, from, 1, rows).data(), JAVA_FLOAT, 0, rows);
        }
    }
}
