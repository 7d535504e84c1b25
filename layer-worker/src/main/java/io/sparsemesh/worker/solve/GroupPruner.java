package io.sparsemesh.worker.solve;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.solver.ErrorLadder;
import io.sparsemesh.engine.solver.FactorReport;
import io.sparsemesh.engine.solver.GramFactor;
import io.sparsemesh.engine.solver.LayerStats;
import io.sparsemesh.engine.solver.MagnitudePruner;
import io.sparsemesh.engine.solver.RefitOptions;
import io.sparsemesh.engine.solver.RefitReport;
import io.sparsemesh.engine.solver.RefitResult;
import io.sparsemesh.engine.solver.RefitSolver;
import io.sparsemesh.engine.solver.SolveResult;
import io.sparsemesh.engine.solver.SolverOptions;
import io.sparsemesh.engine.solver.SparseGptSolver;
import io.sparsemesh.engine.solver.WandaPruner;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;

/// A method, with what it knows of the input that the linears of a group share.
sealed interface GroupPruner {

    /// Prunes W `[outputs x inputs]` in place.
    ///
    /// @param layer name for messages
    Outcome prune(String layer, Matrix w, SolverOptions options);

    /// The relative output errors that pruning W in each of several ways would make, without a
    /// refit.
    ///
    /// @param w `[outputs x inputs]`; the mask of none is left in it
    List<Double> errors(String layer, Matrix w, List<SolverOptions> levels);

    /// @param factor empty where nothing was factored
    /// @param refit empty where nothing was refitted
    record Outcome(LayerStats stats, Optional<FactorReport> factor, Optional<RefitReport> refit) {
        Outcome(LayerStats stats, Optional<FactorReport> factor) {
            this(stats, factor, Optional.empty());
        }
    }

    record SparseGpt(Device device, GramFactor factor) implements GroupPruner {
        @Override
        public Outcome prune(String layer, Matrix w, SolverOptions options) {
            SolveResult result = SparseGptSolver.solve(device, layer, w, factor, options);
            return new Outcome(result.stats(), Optional.of(result.factor()));
        }

        @Override
        public List<Double> errors(String layer, Matrix w, List<SolverOptions> levels) {
            return ErrorLadder.relativeErrors(device, layer, w, factor, levels);
        }
    }

    /// SparseGPT, and better weights on its mask.
    ///
    /// @param k of [io.sparsemesh.engine.solver.DenseTarget], where the layer aims at the dense
    ///     model's output
    record Refitted(Device device, GramFactor factor, RefitOptions refit, Optional<Matrix> k)
            implements GroupPruner {
        @Override
        public Outcome prune(String layer, Matrix w, SolverOptions options) {
            RefitResult result = new RefitSolver(device, factor, options, refit).solve(layer, w, k);
            return new Outcome(
                    result.solve().stats(),
                    Optional.of(result.solve().factor()),
                    Optional.of(result.refit()));
        }

        @Override
        public List<Double> errors(String layer, Matrix w, List<SolverOptions> levels) {
            return new SparseGpt(device, factor).errors(layer, w, levels);
        }
    }

    /// @param gram `[inputs x inputs]`
    record Wanda(Device device, Matrix gram) implements GroupPruner {
        @Override
        public Outcome prune(String layer, Matrix w, SolverOptions options) {
            LayerStats stats = WandaPruner.prune(device, layer, w, gram, options);
            return new Outcome(stats, Optional.empty());
        }

        @Override
        public List<Double> errors(String layer, Matrix w, List<SolverOptions> levels) {
            try (Arena scratch = Arena.ofShared()) {
                Matrix copy = device.scratch(scratch, w.rows(), w.cols());
                return levels.stream()
                        .map(
                                level -> {
                                    device.blas().addScaled(1, w, 0, copy);
                                    LayerStats stats = prune(layer, copy, level).stats();
                                    return stats.relativeOutputError().orElseThrow();
                                })
                        .toList();
            }
        }
    }

    record Magnitude(Device device) implements GroupPruner {
        @Override
        public Outcome prune(String layer, Matrix w, SolverOptions options) {
            LayerStats stats = MagnitudePruner.prune(device, layer, w, Optional.empty(), options);
            return new Outcome(stats, Optional.empty());
        }

        @Override
        public List<Double> errors(String layer, Matrix w, List<SolverOptions> levels) {
            throw new IllegalArgumentException(
                    layer + ": expected a calibrated method, found magnitude");
        }
    }
}
