package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.Blas;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;

/// Energy of a layer's output, `tr(W H W^T)`, which is `|X W^T|^2` up to the factor of H.
final class OutputError {

    private static final long BLOCK = 128;

    private OutputError() {}

    /// `tr(W H W^T)`. H is symmetric, so only its upper block triangle is multiplied.
    ///
    /// @param wt W transposed, `[cols x rows]`
    /// @param h `[cols x cols]`
    static double energy(Device device, Matrix wt, Matrix h) {
        Blas blas = device.blas();
        double sum = 0;
        try (Arena arena = Arena.ofShared()) {
            Matrix buffer = device.scratch(arena, Math.min(BLOCK, wt.rows()), wt.cols());
            for (long i = 0; i < wt.rows(); i += BLOCK) {
                long end = Math.min(i + BLOCK, wt.rows());
                Matrix t = buffer.rows(0, end - i);
                Matrix block = h.rows(i, end);
                blas.multiply(1, block.columns(i, end), wt.rows(i, end), 0, t);
                blas.multiply(2, block.columns(0, i), wt.rows(0, i), 1, t);
                sum += blas.dot(wt.rows(i, end), t);
            }
        }
        return sum;
    }

    /// The ratio of two energies, 0 when nothing was lost.
    static double relative(double lost, double whole) {
        return lost == 0 ? 0 : lost / whole;
    }
}
