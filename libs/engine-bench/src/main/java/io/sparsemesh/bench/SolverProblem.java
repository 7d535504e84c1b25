package io.sparsemesh.bench;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.function.LongToDoubleFunction;

/// A random layer with correlated inputs: `X = N S^T` with N normal `[tokens x cols]` and S normal
/// `[cols x cols]`, its columns scaled from 1 down to 1/100, so that some directions matter more.
/// Layers of very many columns have `X = N` with its columns scaled so.
///
/// @param w weights `[rows x cols]`, normal with deviation `1 / sqrt(cols)`
/// @param x inputs `[tokens x cols]`
record SolverProblem(Matrix w, Matrix x) {

    private static final double SMALLEST_SCALE = 1e-2;

    /// Columns up to which they are mixed.
    private static final long MIXED = 1 << 14;

    /// Seeds of what is random, far enough from each other: each row has its own.
    private static final long NEXT = 1L << 32;

    /// @param arena owns the matrices
    static SolverProblem random(
            Device device, Arena arena, long rows, long cols, long tokens, long seed) {
        double deviation = 1 / Math.sqrt(cols);
        Matrix w = RandomMatrix.normal(device, arena, seed, rows, cols, c -> deviation);
        return new SolverProblem(w, inputs(device, arena, tokens, cols, seed));
    }

    private static Matrix inputs(Device device, Arena arena, long tokens, long cols, long seed) {
        LongToDoubleFunction scale =
                c -> Math.pow(SMALLEST_SCALE, cols == 1 ? 0 : (double) c / (cols - 1));
        if (cols > MIXED) {
            return RandomMatrix.normal(device, arena, seed + NEXT, tokens, cols, scale);
        }
        Matrix x = device.allocate(arena, tokens, cols);
        try (Arena own = Arena.ofShared()) {
            Matrix mixing = RandomMatrix.normal(device, own, seed + 2 * NEXT, cols, cols, scale);
            Matrix noise = RandomMatrix.normal(device, own, seed + NEXT, tokens, cols, c -> 1);
            device.blas().multiplyTransposed(1, noise, mixing, 0, x);
        }
        return x;
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
