package io.sparsemesh.engine.device;

import static io.sparsemesh.engine.device.Lanes.COUNT;
import static io.sparsemesh.engine.device.Lanes.FLOATS;
import static io.sparsemesh.engine.device.Panel.ROWS;

import io.sparsemesh.engine.matrix.Matrix;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The inner loop of Algorithm 1 on a panel of rows, with its scratch memory: one thread's.
///
/// The paper updates all later columns of the block when one is done. Here a column collects the
/// updates of all columns before it when it is reached, `V_c = V_c + sum over k < c of N_k U_kc`
/// with `N = -E`: the same sum in the same order, whose running value stays in a register. Columns
/// are reached in steps, so that those of a step collect together.
final class Sweep {

    static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);

    /// Columns that collect together where no group says otherwise.
    private static final int STEP = 4;

    private final Panel w = new Panel();
    private final Panel s = new Panel();

    /// Weights under way: V, then Q.
    private final Panel v = new Panel();

    /// N = -E.
    private final Panel n = new Panel();

    private final PanelGrid grid = new PanelGrid();
    private long[] goes = new long[0];
    private float[] saliency = new float[0];
    private int[] rank = new int[0];
    private final float[] squares = new float[COUNT];

    /// Overwrites S in the rows `from` to `to` with `V = W + S U`, the weights at the beginning of
    /// the block.
    ///
    /// @return V of these rows, until this sweep is used again
    Panel lookAhead(ColumnBlock block, PackedU u, long from, long to) {
        addErrorsBefore(block, u, from, to);
        v.store(block.s(), from, to);
        return v;
    }

    private void addErrorsBefore(ColumnBlock block, PackedU u, long from, long to) {
        v.loadRows(block.w(), from, to);
        s.load(block.s(), from, to);
        for (int left = 0; left < u.size(); left += STEP) {
            int right = Math.min(left + STEP, u.size());
            v.addProduct(s, u, left, left, right);
            for (int k = left; k < right; k++) {
                for (int c = k; c < right; c++) {
                    addColumn(s, k, u.get(k, c), c);
                }
            }
        }
    }

    /// Prunes the rows `from` to `to`, whose V stands in S, with a mask that is known.
    ///
    /// @return the loss of these rows
    double run(ColumnBlock block, PackedU u, Cut cut, Rounding rounding, long from, long to) {
        grid.load(rounding, from, to);
        v.load(block.s(), from, to);
        ensure(u.size());
        for (int c = 0; c < u.size(); c++) {
            goes[c] = cutColumn(cut, c, u.inverseDiagonal()[c], from);
        }
        pruneAll(u);
        store(block, from, to);
        return loss();
    }

    /// Prunes the rows `from` to `to`, whose mask is where W is 0.
    ///
    /// @return the loss of these rows
    double run(
            ColumnBlock block,
            PackedU u,
            Selection.Zeros zeros,
            Rounding rounding,
            long from,
            long to) {
        grid.load(rounding, from, to);
        addErrorsBefore(block, u, from, to);
        ensure(u.size());
        w.loadRows(block.w(), from, to);
        for (int c = 0; c < u.size(); c++) {
            goes[c] = zerosOfColumn(c);
        }
        pruneAll(u);
        store(block, from, to);
        return loss();
    }

    private long zerosOfColumn(int c) {
        long bits = 0;
        for (int r = 0; r < ROWS; r += COUNT) {
            bits |= w.get(c, r).compare(VectorOperators.EQ, 0).toLong() << r;
        }
        return bits;
    }

    /// With a mask that is known.
    private void pruneAll(PackedU u) {
        for (int left = 0; left < u.size(); left += STEP) {
            int right = Math.min(left + STEP, u.size());
            v.addProduct(n, u, left, left, right);
            prune(u, left, right);
        }
    }

    /// Prunes the rows `from` to `to`; the mask is chosen on the way.
    ///
    /// @return the loss of these rows
    double run(
            ColumnBlock block,
            PackedU u,
            Selection.PerGroup groups,
            Rounding rounding,
            long from,
            long to) {
        grid.load(rounding, from, to);
        addErrorsBefore(block, u, from, to);
        ensure(u.size());
        for (int left = 0; left < u.size(); left += groups.group()) {
            int right = Math.min(left + groups.group(), u.size());
            v.addProduct(n, u, left, left, right);
            choose(groups, left, right, u.inverseDiagonal());
            prune(u, left, right);
        }
        store(block, from, to);
        return loss();
    }

    /// Drops weights of the rows `from` to `to` of a whole transposed matrix by their magnitude.
    void drop(Matrix weights, Selection selection, Cut cut, long from, long to) {
        int step = selection instanceof Selection.PerGroup(_, int group) ? group : 128;
        float[] ones = new float[step];
        Arrays.fill(ones, 1);
        ensure(step);
        for (long left = 0; left < weights.rows(); left += step) {
            int width = (int) Math.min(step, weights.rows() - left);
            Matrix part = weights.rows(left, left + width);
            v.load(part, from, to);
            switch (selection) {
                case Selection.Smallest _ -> {
                    Cut here = cut.after(left);
                    for (int c = 0; c < width; c++) {
                        goes[c] = cutColumn(here, c, 1, from);
                    }
                }
                case Selection.PerGroup groups -> choose(groups, 0, width, ones);
                case Selection.Zeros _ -> Arrays.fill(goes, 0, width, 0);
            }
            for (int c = 0; c < width; c++) {
                for (int r = 0; r < ROWS; r += COUNT) {
                    v.set(c, r, v.get(c, r).blend(0, goes(c, r)));
                }
            }
            v.store(part, from, to);
        }
    }

    private void ensure(int columns) {
        n.ensure(columns);
        if (goes.length < columns) {
            goes = new long[columns];
            saliency = new float[columns * ROWS];
            rank = new int[columns * ROWS];
        }
    }

    /// `V_c := V_c + factor X_k`.
    private void addColumn(Panel x, int k, float factor, int c) {
        FloatVector u = FloatVector.broadcast(FLOATS, factor);
        for (int r = 0; r < ROWS; r += COUNT) {
            v.set(c, r, x.get(k, r).fma(u, v.get(c, r)));
        }
    }

    /// Which rows of a column go, a bit for each.
    private long cutColumn(Cut cut, int c, float scale, long firstRow) {
        long bits = 0;
        if (cut.takesTies()) {
            for (int r = 0; r < ROWS; r += COUNT) {
                IntVector found = saliency(v.get(c, r), scale);
                bits |= found.compare(VectorOperators.LE, cut.bits()).toLong() << r;
            }
            return bits;
        }
        for (int r = 0; r < ROWS; r++) {
            int found = Cut.saliency(v.values()[c * ROWS + r], scale);
            bits |= cut.takes(found, firstRow + r, c) ? 1L << r : 0;
        }
        return bits;
    }

    static IntVector saliency(FloatVector weights, float scale) {
        return weights.mul(scale).abs().reinterpretAsInts();
    }

    private VectorMask<Float> goes(int c, int r) {
        return VectorMask.fromLong(FLOATS, goes[c] >>> r);
    }

    /// For the columns c from `left` to `right`: `Q_c := V_c`, rounded, where kept, else `+0`,
    /// `N_c := (Q_c - V_c) / U_cc`, and those after c collect N_c.
    private void prune(PackedU u, int left, int right) {
        for (int c = left; c < right; c++) {
            prune(c, u.inverseDiagonal()[c]);
            for (int j = c + 1; j < right; j++) {
                addColumn(n, c, u.get(c, j), j);
            }
        }
    }

    private void prune(int c, float scale) {
        FloatVector sum = FloatVector.fromArray(FLOATS, squares, 0);
        for (int r = 0; r < ROWS; r += COUNT) {
            FloatVector weights = v.get(c, r);
            FloatVector kept = grid.round(weights, c, r).blend(0, goes(c, r));
            FloatVector error = kept.sub(weights).mul(scale);
            v.set(c, r, kept);
            n.set(c, r, error);
            sum = error.fma(error, sum);
        }
        sum.intoArray(squares, 0);
    }

    /// `sum of N^2 / 2` since the last call.
    private double loss() {
        double sum = 0;
        for (float square : squares) {
            sum += square;
        }
        Arrays.fill(squares, 0);
        return sum / 2;
    }

    /// Marks in each row the weights of a group that go. A weight's rank is the number of weights
    /// in its group that go before it; counting them all needs no branches.
    private void choose(Selection.PerGroup groups, int left, int right, float[] scale) {
        for (int c = left; c < right; c++) {
            for (int r = 0; r < ROWS; r += COUNT) {
                v.get(c, r).mul(scale[c]).abs().intoArray(saliency, (c - left) * ROWS + r);
            }
        }
        int width = right - left;
        Arrays.fill(rank, 0, width * ROWS, 0);
        for (int a = 0; a < width; a++) {
            for (int b = a + 1; b < width; b++) {
                compare(a * ROWS, b * ROWS);
            }
        }
        for (int c = 0; c < width; c++) {
            goes[left + c] = 0;
            for (int r = 0; r < ROWS; r += COUNT) {
                goes[left + c] |=
                        ranks(c * ROWS + r).compare(VectorOperators.LT, groups.drop()).toLong()
                                << r;
            }
        }
    }

    /// One of the two has the other before it; of equal ones the second.
    private void compare(int first, int second) {
        for (int r = 0; r < ROWS; r += COUNT) {
            FloatVector a = FloatVector.fromArray(FLOATS, saliency, first + r);
            FloatVector b = FloatVector.fromArray(FLOATS, saliency, second + r);
            VectorMask<Integer> later = b.compare(VectorOperators.LT, a).cast(INTS);
            ranks(first + r).add(1, later).intoArray(rank, first + r);
            ranks(second + r).add(1, later.not()).intoArray(rank, second + r);
        }
    }

    private IntVector ranks(int at) {
        return IntVector.fromArray(INTS, rank, at);
    }

    /// Writes Q and `D = W - Q`.
    private void store(ColumnBlock block, long from, long to) {
        w.loadRows(block.w(), from, to);
        for (int c = 0; c < block.columns(); c++) {
            for (int r = 0; r < ROWS; r += COUNT) {
                w.set(c, r, w.get(c, r).sub(v.get(c, r)));
            }
        }
        v.storeRows(block.w(), from, to);
        w.store(block.d(), from, to);
    }
}
