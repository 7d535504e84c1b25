package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.ConjugateStep;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;

/// Better weights on a mask that is chosen. SparseGPT's error feedback goes left to right only, so
/// its weights are not the best for its own mask. For a row with the kept inputs S the best ones
/// solve `H_SS q_S = (T H)_S`, with T the weights aimed at and H damped; here by conjugate gradient
/// over all rows at once, each with its own mask, from SparseGPT's weights and with a
/// [Preconditioner]: one product `[rows x n] [n x n]` a step.
final class MaskedRefit {

    /// Share of the first gradient below which what is left of it is F32's rounding.
    private static final double ROUNDING = 1e-6;

    private MaskedRefit() {}

    /// What came of it.
    ///
    /// @param energy by how much `tr((T - Q) H (T - Q)^T)` fell, at least 0; where it is 0
    ///     Q is as it was
    /// @param steps taken
    record Gain(double energy, int steps) {}

    /// Adds to Q what brings it nearer to T on its own mask.
    ///
    /// @param q `[rows x n]`; what is 0 in it stays 0
    /// @param g the negative gradient, `G = (T - Q) H`, `[rows x n]`
    static Gain run(Device device, GramFactor factor, RefitOptions options, Matrix q, Matrix g) {
        try (Arena arena = Arena.ofShared()) {
            Preconditioner m = Preconditioner.of(device, arena, factor, q);
            ConjugateStep step =
                    new ConjugateStep(
                            q,
                            m.d(),
                            device.allocate(arena, q.rows(), q.cols()),
                            device.scratch(arena, q.rows(), q.cols()),
                            device.scratch(arena, q.rows(), q.cols()),
                            device.scratch(arena, q.rows(), q.cols()),
                            device.allocate(arena, q.rows(), 1));
            device.blas().addScaled(1, g, 0, step.r());
            int steps = descend(device, factor, options, m, step);
            // With D = T - Q: of D - X it is D H D^T - X (G + what is left of G on the mask).
            double gained = device.blas().dot(step.x(), g) + device.blas().dot(step.x(), step.r());
            if (gained > 0) {
                device.blas().addScaled(1, step.x(), 1, q);
                return new Gain(gained, steps);
            }
            return new Gain(0, steps);
        }
    }

    private static int descend(
            Device device,
            GramFactor factor,
            RefitOptions options,
            Preconditioner m,
            ConjugateStep s) {
        device.pruning().descend(s);
        turn(device, m, s);
        double tolerance = Math.max(options.tolerance(), ROUNDING);
        double enough = sum(device, s.energy()) * tolerance * tolerance;
        int steps = 0;
        while (sum(device, s.energy()) > enough) {
            factor.multiplyDamped(device, s.p(), s.ap());
            device.pruning().descend(s);
            steps++;
            if (steps == options.iterations()) {
                break;
            }
            turn(device, m, s);
        }
        return steps;
    }

    private static void turn(Device device, Preconditioner m, ConjugateStep s) {
        m.takenOff(s.r(), s.ap());
        device.pruning().turn(s);
    }

    private static double sum(Device device, Matrix energy) {
        try (Arena arena = Arena.ofShared()) {
            Matrix host = Matrix.allocate(arena, energy.rows(), 1);
            device.download(energy, host);
            double sum = 0;
            for (float of : host.toArray()) {
                sum += of;
            }
            return sum;
        }
    }
}
