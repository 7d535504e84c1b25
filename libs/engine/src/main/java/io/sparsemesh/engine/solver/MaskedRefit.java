package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.ConjugateStep;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;

/// Better weights on a mask that is chosen. SparseGPT's error feedback goes left to right only, so
/// its weights are not the best for its own mask. For a row with the kept inputs S the best ones
/// solve `H_SS q_S = (T H)_S`, with T the weights aimed at and H damped; here by conjugate gradient
/// over all rows at once, each with its own mask, from SparseGPT's weights and preconditioned by
/// H's diagonal: one product `[rows x n] [n x n]` a step.
final class MaskedRefit {

    private MaskedRefit() {}

    /// Adds to Q what brings it nearer to T on its own mask.
    ///
    /// @param target T `[rows x n]`
    /// @param q `[rows x n]`; what is 0 in it stays 0
    /// @return steps taken
    static int run(
            Device device, GramFactor factor, RefitOptions options, Matrix target, Matrix q) {
        try (Arena arena = Arena.ofShared()) {
            Matrix x = device.allocate(arena, q.rows(), q.cols());
            ConjugateStep step =
                    new ConjugateStep(
                            q,
                            diagonal(device, arena, factor),
                            x,
                            device.scratch(arena, q.rows(), q.cols()),
                            device.scratch(arena, q.rows(), q.cols()),
                            device.scratch(arena, q.rows(), q.cols()),
                            device.scratch(arena, q.rows(), 1));
            int steps = descend(device, factor, options, target, step);
            device.blas().addScaled(1, x, 1, q);
            return steps;
        }
    }

    private static int descend(
            Device device,
            GramFactor factor,
            RefitOptions options,
            Matrix target,
            ConjugateStep s) {
        gradient(device, factor, target, s);
        device.pruning().beginConjugate(s.q(), s.d(), s.r(), s.p(), s.energy());
        double enough = sum(device, s.energy()) * options.tolerance() * options.tolerance();
        int steps = 0;
        while (steps < options.iterations() && sum(device, s.energy()) > enough) {
            multiplyDamped(device, factor, s.p(), s.ap());
            device.pruning().stepConjugate(s);
            steps++;
        }
        return steps;
    }

    /// `R := (T - Q) H`.
    private static void gradient(Device device, GramFactor factor, Matrix target, ConjugateStep s) {
        device.blas().addScaled(1, target, 0, s.p());
        device.blas().addScaled(-1, s.q(), 1, s.p());
        multiplyDamped(device, factor, s.p(), s.r());
    }

    private static void multiplyDamped(Device device, GramFactor factor, Matrix a, Matrix product) {
        device.blas().addScaled((float) factor.damping(), a, 0, product);
        device.blas().multiply(1, a, factor.h(), 1, product);
    }

    /// Of H damped, `[1 x n]`.
    private static Matrix diagonal(Device device, Arena arena, GramFactor factor) {
        long n = factor.h().rows();
        Matrix host = Matrix.allocate(arena, n, 1);
        device.download(factor.h().diagonal(), host);
        Matrix row = Matrix.allocate(arena, 1, n);
        for (int c = 0; c < n; c++) {
            row.set(0, c, (float) (host.get(c, 0) + factor.damping() + (factor.dead()[c] ? 1 : 0)));
        }
        Matrix diagonal = device.scratch(arena, 1, n);
        device.upload(row, diagonal);
        return diagonal;
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
