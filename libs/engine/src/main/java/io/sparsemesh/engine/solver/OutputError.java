package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.Blas;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.OptionalDouble;

/// Energy of a layer's output, `tr(W H W^T)`, which is `|X W^T|^2` up to the factor of H.
final class OutputError {

    private static final long BLOCK = 128;

    /// Below this share of a damped energy the difference of two numbers that are nearly equal has
    /// too few digits.
    private static final double CANCELLATION = 0.01;

    private OutputError() {}

    /// `tr(W H W^T)`. H is symmetric, so only its upper block triangle is multiplied.
    ///
    /// @param w `[rows x cols]`
    /// @param h `[cols x cols]`
    static double energy(Device device, Matrix w, Matrix h) {
        Blas blas = device.blas();
        double sum = 0;
        try (Arena arena = Arena.ofShared()) {
            Matrix buffer = device.scratch(arena, w.rows(), Math.min(BLOCK, w.cols()));
            for (long i = 0; i < w.cols(); i += BLOCK) {
                long end = Math.min(i + BLOCK, w.cols());
                Matrix t = buffer.columns(0, end - i);
                Matrix block = h.columns(i, end);
                blas.multiply(1, w.columns(i, end), block.rows(i, end), 0, t);
                blas.multiply(2, w.columns(0, i), block.rows(0, i), 1, t);
                sum += blas.dot(w.columns(i, end), t);
            }
        }
        return sum;
    }

    /// A damped energy less the damping's share of it, or empty where that has too few digits and
    /// must be computed by itself.
    static OptionalDouble undamped(double damped, double share) {
        double rest = damped - share;
        return rest > damped * CANCELLATION ? OptionalDouble.of(rest) : OptionalDouble.empty();
    }

    /// The ratio of two energies, 0 when nothing was lost.
    static double relative(double lost, double whole) {
        return lost == 0 ? 0 : lost / whole;
    }
}
