package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Rounding;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// What pruning one matrix in several ways would cost: one factor, many masks.
public final class ErrorLadder {

    private ErrorLadder() {}

    /// The relative output error of SparseGPT's weights, as [LayerStats#relativeOutputError], for
    /// each of `levels`.
    ///
    /// @param layer name for messages
    /// @param w `[rows x cols]` in memory of `device`; weights of inputs that are never active
    ///     become 0, nothing else changes
    /// @param factor of the inputs' Gram matrix, made with the levels' block size
    /// @param levels at least one, alike but for their sparsity
    /// @throws NumericalException when W has a value that is not finite, or a result has
    public static List<Double> relativeErrors(
            Device device, String layer, Matrix w, GramFactor factor, List<SolverOptions> levels) {
        SparseGptSolver.checkShapes(w, factor, levels.getFirst());
        GramFactor.requireFinite(device.pruning(), layer, "weights", w);
        List<Double> errors = new ArrayList<>();
        try (Arena arena = Arena.ofShared()) {
            Rounding rounding = levels.getFirst().quantisation().span(device, arena, w);
            SparseGptSolver.clearDeadColumns(device, arena, w, factor.dead());
            double whole = OutputError.energy(device, w, factor.h());
            Matrix pruned = device.scratch(arena, w.rows(), w.cols());
            Trace trace = Trace.of(device, arena, w);
            for (SolverOptions level : levels) {
                device.blas().addScaled(1, w, 0, pruned);
                SparseGptSolver.Choice choice = SparseGptSolver.choice(level, w.rows());
                double loss =
                        new PruningPass(device, pruned, trace, factor, rounding, choice).run();
                SparseGptSolver.requireFinite(layer, loss, factor.report().damping());
                double lost = SparseGptSolver.lostEnergy(device, trace.dt(), factor, loss);
                errors.add(OutputError.relative(lost, whole));
            }
        }
        return errors;
    }
}
