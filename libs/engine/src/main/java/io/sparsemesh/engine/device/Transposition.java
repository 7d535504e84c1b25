package io.sparsemesh.engine.device;

import static io.sparsemesh.engine.device.Lanes.COUNT;
import static io.sparsemesh.engine.device.Lanes.FLOATS;

import io.sparsemesh.engine.matrix.Matrix;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/// Transposes matrices by squares of one vector's length, in scratch memory of one thread.
///
/// A square of n x n elements in a row has indices of `2 log n` bits, those of the row before those
/// of the column. A perfect shuffle of the whole square (interleave its halves) rotates the bits of
/// the index by one, so `log n` shuffles exchange row and column.
final class Transposition {

    private static final VectorShuffle<Float> LOW = VectorShuffle.makeZip(FLOATS, 0);
    private static final VectorShuffle<Float> HIGH = VectorShuffle.makeZip(FLOATS, 1);

    private float[] from = new float[COUNT * COUNT];
    private float[] to = new float[COUNT * COUNT];

    /// `B := A^T`; the two do not overlap.
    void run(Matrix a, Matrix b) {
        long wholeRows = Lanes.bound(a.rows());
        long wholeCols = Lanes.bound(a.cols());
        for (long i = 0; i < wholeRows; i += COUNT) {
            for (long j = 0; j < wholeCols; j += COUNT) {
                square(a, i, j, b);
            }
        }
        byElement(
                a.view(0, wholeCols, wholeRows, a.cols() - wholeCols), b.rows(wholeCols, a.cols()));
        byElement(a.rows(wholeRows, a.rows()), b.columns(wholeRows, a.rows()));
    }

    private void square(Matrix a, long row, long col, Matrix b) {
        for (int i = 0; i < COUNT; i++) {
            Lanes.load(a.data(), (row + i) * a.stride() + col).intoArray(from, i * COUNT);
        }
        for (int bit = 1; bit < COUNT; bit *= 2) {
            shuffle();
        }
        for (int i = 0; i < COUNT; i++) {
            FloatVector column = FloatVector.fromArray(FLOATS, from, i * COUNT);
            Lanes.store(column, b.data(), (col + i) * b.stride() + row);
        }
    }

    /// Interleaves the two halves of the square.
    private void shuffle() {
        for (int i = 0; i < COUNT / 2; i++) {
            FloatVector first = FloatVector.fromArray(FLOATS, from, i * COUNT);
            FloatVector second = FloatVector.fromArray(FLOATS, from, (i + COUNT / 2) * COUNT);
            first.rearrange(LOW, second).intoArray(to, 2 * i * COUNT);
            first.rearrange(HIGH, second).intoArray(to, (2 * i + 1) * COUNT);
        }
        float[] shuffled = to;
        to = from;
        from = shuffled;
    }

    private static void byElement(Matrix a, Matrix b) {
        for (long i = 0; i < a.rows(); i++) {
            for (long j = 0; j < a.cols(); j++) {
                b.set(j, i, a.get(i, j));
            }
        }
    }
}
