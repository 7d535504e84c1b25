package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Selection;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.OptionalDouble;

/// Wanda (arXiv 2306.11695): of each output's weights those of lowest `|w| |x|` go, with `|x|` the
/// norm of the input over the calibration tokens; the others stay as they are.
public final class WandaPruner {

    private WandaPruner() {}

    /// Prunes W in place. Unstructured, exactly `floor(share * cols)` weights of each row go; n:m
    /// in each row. Block size, damping and `exactCount` are not used, nor is anything quantised.
    ///
    /// @param layer name for messages
    /// @param w `[rows x cols]` in memory of `device`
    /// @param h `[cols x cols]`, the inputs' Gram matrix; its diagonal chooses, the rest is for the
    ///     output error only
    /// @throws NumericalException when W or H has a value that is not finite
    public static LayerStats prune(
            Device device, String layer, Matrix w, Matrix h, SolverOptions options) {
        GramFactor.requireFinite(device.pruning(), layer, "weights", w);
        GramFactor.requireFinite(device.pruning(), layer, "Gram matrix", h);
        try (Arena arena = Arena.ofShared()) {
            Matrix d = device.scratch(arena, w.rows(), w.cols());
            device.blas().addScaled(1, w, 0, d);
            double whole = OutputError.energy(device, d, h);
            Matrix norms = inputNorms(device, arena, h);
            device.pruning().dropSmallestOfRows(w, norms, selection(options, w.cols()));
            device.blas().addScaled(-1, w, 1, d);
            double lost = OutputError.energy(device, d, h);
            return new LayerStats(
                    w.rows() * w.cols(),
                    device.pruning().countZeros(w),
                    0,
                    OptionalDouble.of(OutputError.relative(lost, whole)));
        }
    }

    /// `sqrt(diag H)`, the inputs' norms up to a factor that they share.
    private static Matrix inputNorms(Device device, Arena arena, Matrix h) {
        Matrix diagonal = Matrix.allocate(arena, h.rows(), 1);
        device.download(h.diagonal(), diagonal);
        Matrix norms = Matrix.of(diagonal.data(), 1, h.rows());
        for (long c = 0; c < h.rows(); c++) {
            norms.set(0, c, (float) Math.sqrt(norms.get(0, c)));
        }
        Matrix onDevice = device.scratch(arena, 1, h.rows());
        device.upload(norms, onDevice);
        return onDevice;
    }

    private static Selection.PerGroup selection(SolverOptions options, long cols) {
        int width = Math.toIntExact(Math.max(cols, 1));
        return switch (options.sparsity()) {
            case Sparsity.NOutOfM(int kept, int group) ->
                    new Selection.PerGroup(group - kept, group);
            case Sparsity.Unstructured(double share) ->
                    new Selection.PerGroup((int) (share * cols), width);
        };
    }
}
