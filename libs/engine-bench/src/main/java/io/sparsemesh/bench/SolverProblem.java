package io.sparsemesh.bench;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/// A random layer with correlated inputs: `X = N S^T` with N normal `[tokens x cols]` and S normal
/// `[cols x cols]`, its columns scaled from 1 down to 1/100, so that some directions matter more.
///
/// @param w weights `[rows x cols]`, normal with deviation `1 / sqrt(cols)`
/// @param x inputs `[tokens x cols]`
record SolverProblem(Matrix w, Matrix x) {

    private static final double SMALLEST_SCALE = 1e-2;

    /// @param arena owns the matrices
    static SolverProblem random(
            Device device, Arena arena, long rows, long cols, long tokens, long seed) {
        Random random = new Random(seed);
        Matrix w = normal(arena, random, rows, cols);
        device.blas().addScaled((float) (1 / Math.sqrt(cols)), w, 0, w);
        Matrix x = device.allocate(arena, tokens, cols);
        try (Arena own = Arena.ofShared()) {
            Matrix mixing = normal(own, random, cols, cols);
            scaleColumns(mixing);
            Matrix noise = normal(own, random, tokens, cols);
            device.blas().multiplyTransposed(1, noise, mixing, 0, x);
        }
        return new SolverProblem(w, x);
    }

    private static Matrix normal(Arena arena, Random random, long rows, long cols) {
        Matrix matrix = Matrix.allocate(arena, rows, cols);
        for (long i = 0; i < rows * cols; i++) {
            matrix.data().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        return matrix;
    }

    private static void scaleColumns(Matrix mixing) {
        long cols = mixing.cols();
        for (long i = 0; i < mixing.rows() * cols; i++) {
            double share = cols == 1 ? 0 : (double) (i % cols) / (cols - 1);
            float value = mixing.data().getAtIndex(ValueLayout.JAVA_FLOAT, i);
            float scaled = (float) (value * Math.pow(SMALLEST_SCALE, share));
            mixing.data().setAtIndex(ValueLayout.JAVA_FLOAT, i, scaled);
        }
    }

    /// `|X (W - Q)^T|^2 / |X W^T|^2`, from the outputs themselves.
    double relativeError(Device device, Matrix pruned) {
        try (Arena arena = Arena.ofShared()) {
            Matrix lost = device.allocate(arena, w.rows(), w.cols());
            device.blas().addScaled(1, w, 0, lost);
            device.blas().addScaled(-1, pruned, 1, lost);
            return energy(device, arena, lost) / energy(device, arena, w);
        }
    }

    private double energy(Device device, Arena arena, Matrix weights) {
        Matrix y = device.allocate(arena, x.rows(), weights.rows());
        device.blas().multiplyTransposed(1, x, weights, 0, y);
        return device.blas().dot(y, y);
    }
}
