package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;

/// A random linear layer with correlated inputs of unequal size.
///
/// @param w `[rows x cols]`
/// @param x `[tokens x cols]`
/// @param h its Gram matrix
record Layer(Matrix w, Matrix x, Matrix h) {

    static Layer random(Device device, Arena arena, long seed, int rows, int cols, int tokens) {
        Random random = new Random(seed);
        Matrix w = gaussian(arena, random, rows, cols);
        Matrix x = gaussian(arena, random, tokens, cols);
        for (int t = 0; t < tokens; t++) {
            double common = random.nextGaussian();
            for (int c = 0; c < cols; c++) {
                double previous = c == 0 ? 0 : x.get(t, c - 1);
                double value = x.get(t, c) * Math.pow(10, -(double) c / cols);
                x.set(t, c, (float) (value + 0.4 * previous + 0.3 * common));
            }
        }
        return new Layer(w, x, gram(device, arena, x));
    }

    static Matrix gram(Device device, Arena arena, Matrix x) {
        GramAccumulator gram =
                new GramAccumulator(device, device.allocate(arena, x.cols(), x.cols()));
        gram.add(x, 4);
        GramAccumulator.combine(device, List.of(gram.partial()), gram.sequences(), gram.partial());
        return gram.partial();
    }

    private static Matrix gaussian(Arena arena, Random random, int rows, int cols) {
        Matrix matrix = Matrix.allocate(arena, rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                matrix.set(r, c, (float) random.nextGaussian());
            }
        }
        return matrix;
    }

    Matrix copyOfW(Arena arena) {
        Matrix copy = Matrix.allocate(arena, w.rows(), w.cols());
        copy.copyFrom(w);
        return copy;
    }

    static double[][] toDouble(Matrix a) {
        double[][] values = new double[(int) a.rows()][(int) a.cols()];
        for (int r = 0; r < values.length; r++) {
            for (int c = 0; c < values[r].length; c++) {
                values[r][c] = a.get(r, c);
            }
        }
        return values;
    }

    /// `tr(D H D^T) / tr(W H W^T)` with `D = W - Q`, in double.
    double relativeError(Matrix q) {
        double lost = 0;
        double whole = 0;
        for (long r = 0; r < w.rows(); r++) {
            for (long i = 0; i < w.cols(); i++) {
                for (long j = 0; j < w.cols(); j++) {
                    double gram = h.get(i, j);
                    double d = (double) w.get(r, i) - q.get(r, i);
                    lost += d * gram * ((double) w.get(r, j) - q.get(r, j));
                    whole += (double) w.get(r, i) * gram * w.get(r, j);
                }
            }
        }
        return lost / whole;
    }
}
