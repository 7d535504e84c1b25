package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Precision;
import io.sparsemesh.engine.device.PruningOps;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Optional;

/// A damped, factored Gram matrix. One serves every linear fed by the same input.
///
/// @param h H as it was given, `[n x n]`
/// @param r R, upper triangular, `H + damping = R R^T`, `[n x n]`
/// @param u inverses of the diagonal blocks of R, one below the other, `[n x blockSize]`
/// @param dead for each column, whether its diagonal was 0: an input that is never active
/// @param damping what was added to each element of the diagonal, besides 1 where it is dead
/// @param report how the factorisation went
public record GramFactor(
        Matrix h, Matrix r, Matrix u, boolean[] dead, double damping, FactorReport report) {

    /// The ladder: damping grows by [#DAMPING_STEP] up to [#DAMPING_LIMIT] times the mean diagonal.
    private static final double DAMPING_STEP = 10;

    private static final double DAMPING_LIMIT = 1;

    /// Where the ladder starts when no damping was asked for and none is not enough.
    private static final double SMALLEST_DAMPING = 1e-3;

    /// Rows of R that are multiplied at once.
    private static final long PANEL = 256;

    /// Factors H. Each attempt that meets a pivot that is not positive is followed by one with ten
    /// times the damping, up to the mean diagonal itself, and by a last one in double.
    ///
    /// @param arena owns R and U
    /// @param layer name for messages
    /// @param h symmetric `[n x n]`, in memory of `device`; not changed
    /// @throws NumericalException when H has a value that is not finite, or when the last attempt
    ///     failed too
    public static GramFactor of(
            Device device, Arena arena, String layer, Matrix h, SolverOptions options) {
        requireFinite(device.pruning(), layer, "Gram matrix", h);
        float[] diagonal = diagonal(device, arena, h);
        boolean[] dead = new boolean[diagonal.length];
        double sum = 0;
        for (int c = 0; c < dead.length; c++) {
            dead[c] = diagonal[c] == 0;
            sum += dead[c] ? 1 : diagonal[c];
        }
        Matrix r = device.scratch(arena, h.rows(), h.cols());
        Matrix u = device.scratch(arena, h.rows(), options.blockSize());
        double mean = sum / Math.max(dead.length, 1);
        FactorReport report =
                new Ladder(device, arena, layer, h, dead, mean, r).climb(options.damping());
        device.pruning().invertDiagonalBlocks(r, options.blockSize(), u);
        return new GramFactor(h, r, u, dead, report.damping() * mean, report);
    }

    /// The attempts at one Gram matrix; R holds the last one.
    private record Ladder(
            Device device,
            Arena arena,
            String layer,
            Matrix h,
            boolean[] dead,
            double mean,
            Matrix r) {

        FactorReport climb(double asked) {
            double damping = asked;
            int attempt = 1;
            while (factor(damping, Precision.F32).isPresent()) {
                attempt++;
                if (damping >= DAMPING_LIMIT) {
                    return lastAttempt(damping, attempt);
                }
                double more = Math.max(damping * DAMPING_STEP, SMALLEST_DAMPING);
                damping = Math.min(more, DAMPING_LIMIT);
            }
            return new FactorReport(damping, Precision.F32, attempt);
        }

        private FactorReport lastAttempt(double damping, int attempt) {
            Optional<Long> pivot = factor(damping, Precision.F64);
            if (pivot.isEmpty()) {
                return new FactorReport(damping, Precision.F64, attempt);
            }
            throw new NumericalException(
                    layer,
                    pivot.get(),
                    damping,
                    "Gram matrix of %d columns: expected it positive definite, found the pivot of column %d not positive with damping %s of the mean diagonal, in double"
                            .formatted(h.rows(), pivot.get(), damping));
        }

        private Optional<Long> factor(double damping, Precision precision) {
            Matrix host = Matrix.allocate(arena, dead.length, 1);
            for (int c = 0; c < dead.length; c++) {
                host.set(c, 0, (float) (damping * mean + (dead[c] ? 1 : 0)));
            }
            Matrix added = device.scratch(arena, dead.length, 1);
            device.upload(host, added);
            return device.pruning().factor(h, added, precision, r);
        }
    }

    /// `C := A (H + damping)`, with A and C `[rows x n]`.
    void multiplyDamped(Device device, Matrix a, Matrix c) {
        device.blas().addScaled((float) damping, a, 0, c);
        device.blas().multiply(1, a, h, 1, c);
    }

    /// `C := E R^T`, with E and C transposed, `[n x rows]`. R is triangular, so it takes half the
    /// operations of a product with H.
    void multiplyTransposedR(Device device, Matrix et, Matrix ct) {
        long n = et.rows();
        for (long i = 0; i < n; i += PANEL) {
            long end = Math.min(i + PANEL, n);
            Matrix rows = r.view(i, i, end - i, n - i);
            device.blas().multiply(1, rows, et.rows(i, n), 0, ct.rows(i, end));
        }
    }

    /// Of H damped, as it was factored.
    double[] dampedDiagonal(Device device) {
        try (Arena arena = Arena.ofShared()) {
            float[] diagonal = diagonal(device, arena, h);
            double[] damped = new double[diagonal.length];
            for (int c = 0; c < damped.length; c++) {
                damped[c] = diagonal[c] + damping + (dead[c] ? 1 : 0);
            }
            return damped;
        }
    }

    private static float[] diagonal(Device device, Arena arena, Matrix h) {
        Matrix host = Matrix.allocate(arena, h.rows(), 1);
        device.download(h.diagonal(), host);
        return host.toArray();
    }

    static void requireFinite(PruningOps pruning, String layer, String what, Matrix a) {
        pruning.firstNonFinite(a)
                .ifPresent(
                        at -> {
                            throw new NumericalException(
                                    layer,
                                    at.col(),
                                    0,
                                    "%s: expected finite numbers, found another at row %d, column %d"
                                            .formatted(what, at.row(), at.col()));
                        });
    }
}
