package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Selection;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.OptionalDouble;

/// The baseline: the weights of lowest magnitude go, the others stay as they are.
public final class MagnitudePruner {

    private MagnitudePruner() {}

    /// Prunes W in place. Unstructured, everything up to and including the weight of rank
    /// `floor(share * weights)` goes, from 0, or exactly that many with `exactCount`; n:m in each
    /// row. Block size and damping are not used.
    ///
    /// @param layer name for messages
    /// @param w `[rows x cols]` in memory of `device`
    /// @param h `[cols x cols]`, the inputs' Gram matrix, for the output error only
    /// @throws NumericalException when W or H has a value that is not finite
    public static LayerStats prune(
            Device device, String layer, Matrix w, Optional<Matrix> h, SolverOptions options) {
        GramFactor.requireFinite(device.pruning(), layer, "weights", w);
        h.ifPresent(gram -> GramFactor.requireFinite(device.pruning(), layer, "Gram matrix", gram));
        try (Arena arena = Arena.ofShared()) {
            Matrix wt = device.scratch(arena, w.cols(), w.rows());
            Matrix d = device.scratch(arena, w.rows(), w.cols());
            device.blas().addScaled(1, w, 0, d);
            device.pruning().transpose(w, wt);
            device.pruning().dropSmallest(wt, selection(options, w.rows() * w.cols()));
            device.pruning().transpose(wt, w);
            return new LayerStats(
                    w.rows() * w.cols(),
                    device.pruning().countZeros(w),
                    0,
                    h.map(gram -> OptionalDouble.of(error(device, w, d, gram)))
                            .orElse(OptionalDouble.empty()));
        }
    }

    private static double error(Device device, Matrix w, Matrix d, Matrix h) {
        double whole = OutputError.energy(device, d, h);
        device.blas().addScaled(-1, w, 1, d);
        return OutputError.relative(OutputError.energy(device, d, h), whole);
    }

    private static Selection selection(SolverOptions options, long weights) {
        return switch (options.sparsity()) {
            case Sparsity.NOutOfM(int kept, int group) ->
                    new Selection.PerGroup(group - kept, group);
            case Sparsity.Unstructured(double share) ->
                    new Selection.Smallest((long) (share * weights), options.exactCount());
        };
    }
}
