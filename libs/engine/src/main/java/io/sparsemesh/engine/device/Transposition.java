package io.sparsemesh.engine.device;

import static io.sparsemesh.engine.device.Lanes.COUNT;
import static io.sparsemesh.engine.device.Lanes.FLOATS;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/// Transposes matrices by squares of one vector's length, in scratch memory of one thread.
///
/// A square of n x n elements in a row has indices of `2 log n` bits, those of the row before those
/// of the column. A perfect shuffle of the whole square (interleave its halves) rotates the bits of
/// the index by one, so `log n` shuffles exchange row and column. The first reads from where the
/// square is, the last writes to where it goes.
final class Transposition {

    private static final VectorShuffle<Float> LOW = VectorShuffle.makeZip(FLOATS, 0);
    private static final VectorShuffle<Float> HIGH = VectorShuffle.makeZip(FLOATS, 1);

    private float[] square = new float[COUNT * COUNT];
    private float[] shuffled = new float[COUNT * COUNT];

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
        read(a.data(), row * a.stride() + col, a.stride());
        shuffle();
        for (int i = 0; i < COUNT / 2; i++) {
            long at = (col + 2 * i) * b.stride() + row;
            Lanes.store(even(i), b.data(), at);
            Lanes.store(odd(i), b.data(), at + b.stride());
        }
    }

    /// Writes the square of memory at `at`, whose rows are `stride` apart, to an array at `index`,
    /// where its columns are `step` apart.
    void load(MemorySegment memory, long at, long stride, float[] columns, int index, int step) {
        read(memory, at, stride);
        shuffle();
        for (int i = 0; i < COUNT / 2; i++) {
            even(i).intoArray(columns, index + 2 * i * step);
            odd(i).intoArray(columns, index + (2 * i + 1) * step);
        }
    }

    /// The inverse of [#load].
    void store(float[] columns, int index, int step, MemorySegment memory, long at, long stride) {
        for (int i = 0; i < COUNT / 2; i++) {
            interleave(
                    FloatVector.fromArray(FLOATS, columns, index + i * step),
                    FloatVector.fromArray(FLOATS, columns, index + (i + COUNT / 2) * step),
                    i);
        }
        shuffle();
        for (int i = 0; i < COUNT / 2; i++) {
            Lanes.store(even(i), memory, at + 2 * i * stride);
            Lanes.store(odd(i), memory, at + (2 * i + 1) * stride);
        }
    }

    /// The first shuffle, on the way into the scratch memory.
    private void read(MemorySegment memory, long at, long stride) {
        for (int i = 0; i < COUNT / 2; i++) {
            interleave(
                    Lanes.load(memory, at + i * stride),
                    Lanes.load(memory, at + (i + COUNT / 2) * stride),
                    i);
        }
    }

    private void interleave(FloatVector first, FloatVector second, int pair) {
        first.rearrange(LOW, second).intoArray(square, 2 * pair * COUNT);
        first.rearrange(HIGH, second).intoArray(square, (2 * pair + 1) * COUNT);
    }

    /// All shuffles but the first and the last.
    private void shuffle() {
        for (int bit = 4; bit < COUNT; bit *= 2) {
            for (int i = 0; i < COUNT / 2; i++) {
                even(i).intoArray(shuffled, 2 * i * COUNT);
                odd(i).intoArray(shuffled, (2 * i + 1) * COUNT);
            }
            float[] before = square;
            square = shuffled;
            shuffled = before;
        }
    }

    /// Row `2 pair` of the square after one more shuffle.
    private FloatVector even(int pair) {
        return half(pair).rearrange(LOW, half(pair + COUNT / 2));
    }

    private FloatVector odd(int pair) {
        return half(pair).rearrange(HIGH, half(pair + COUNT / 2));
    }

    private FloatVector half(int row) {
        return FloatVector.fromArray(FLOATS, square, row * COUNT);
    }

    private static void byElement(Matrix a, Matrix b) {
        for (long i = 0; i < a.rows(); i++) {
            for (long j = 0; j < a.cols(); j++) {
                b.set(j, i, a.get(i, j));
            }
        }
    }
}
