package io.sparsemesh.worker.solve;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.Sparsity;
import io.sparsemesh.engine.calibration.FewTokens;
import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.solver.DenseTarget;
import io.sparsemesh.engine.solver.GramFactor;
import io.sparsemesh.engine.solver.RefitOptions;
import io.sparsemesh.engine.solver.SolverOptions;
import io.sparsemesh.worker.Experts;
import io.sparsemesh.worker.Workplace;
import io.sparsemesh.worker.tensor.GramFiles;
import io.sparsemesh.worker.tensor.GramFiles.Sum;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;

/// What the linears of a group are pruned with.
///
/// @param tokens that got to them in calibration
/// @param remark what is to be said of those tokens, empty for nothing
record GroupBasis(GroupPruner pruner, long tokens, String remark) {

    /// The statistics of a group, as a task names them.
    ///
    /// @param grams partial Gram matrices in shard order
    record Sums(
            Method method,
            int block,
            InputGroup group,
            List<ArtifactRef> grams,
            long sequences,
            long tokens) {
        String layer() {
            return "block %d, %s".formatted(block, group.name());
        }
    }

    /// @param arena owns what it holds
    /// @param dtype of the weights in the checkpoint
    static GroupBasis of(Workplace place, Arena arena, Sums sums, Dtype dtype) {
        Method method = sums.method();
        if (!method.name().isCalibrated()) {
            return new GroupBasis(new GroupPruner.Magnitude(place.device()), sums.tokens(), "");
        }
        Counted counted = Counted.of(place, sums);
        Matrix h = sum(place, arena, sums, counted.which());
        GroupPruner pruner =
                switch (method.name()) {
                    case MAGNITUDE -> new GroupPruner.Magnitude(place.device());
                    case WANDA -> new GroupPruner.Wanda(place.device(), h);
                    case SPARSEGPT -> sparseGpt(place, arena, sums, h, dtype);
                };
        return new GroupBasis(pruner, counted.tokens(), counted.remark());
    }

    /// The Gram matrix alone, `[inputs x inputs]`.
    static Matrix gram(Workplace place, Arena arena, Sums sums) {
        return sum(place, arena, sums, Counted.of(place, sums).which());
    }

    /// Which of the sums serve, by how many tokens got to the group.
    private record Counted(long tokens, String remark, Sum which) {
        static Counted of(Workplace place, Sums sums) {
            InputGroup group = sums.group();
            long tokens =
                    group.routed() ? GramFiles.tokens(place.store(), sums.grams()) : sums.tokens();
            FewTokens few = Experts.fewTokens(sums.method().experts());
            String remark = few.isFew(group, tokens) ? few.remark(sums.layer(), tokens) : "";
            boolean every = few.needsEveryToken(group, tokens);
            return new Counted(tokens, remark, every ? Sum.EVERY : Sum.GRAM);
        }
    }

    private static GroupPruner sparseGpt(
            Workplace place, Arena arena, Sums sums, Matrix h, Dtype dtype) {
        Device device = place.device();
        Method method = sums.method();
        SolverOptions options = MethodOptions.of(method, any(method), dtype);
        GramFactor factor = GramFactor.of(device, arena, sums.layer(), h, options);
        if (method.refit() == null) {
            return new GroupPruner.SparseGpt(device, factor);
        }
        RefitOptions refit = MethodOptions.refit(method.refit());
        Optional<Matrix> k =
                method.refit().needsDense() && !sums.group().routed()
                        ? Optional.of(correction(place, arena, sums, factor, refit))
                        : Optional.empty();
        return new GroupPruner.Refitted(device, factor, refit, k);
    }

    private static Matrix correction(
            Workplace place, Arena arena, Sums sums, GramFactor factor, RefitOptions refit) {
        try (Arena scratch = Arena.ofShared()) {
            Matrix cross = sum(place, scratch, sums, Sum.CROSS);
            return DenseTarget.correction(place.device(), arena, factor, cross, refit.mix());
        }
    }

    /// The factor depends on no target.
    private static Sparsity any(Method method) {
        return method.candidates().getFirst().target();
    }

    /// `H = 2/N (P_0 + P_1 + ...)` in shard order.
    private static Matrix sum(Workplace place, Arena arena, Sums sums, Sum which) {
        Device device = place.device();
        long inputs = sums.group().inputs();
        Matrix h = device.allocate(arena, inputs, inputs);
        GramFiles.sum(place.store(), device, sums.grams(), which, h);
        GramAccumulator.combine(device, List.of(h), sums.sequences(), h);
        return h;
    }

    /// A linear of the group.
    ///
    /// @throws IllegalArgumentException if it has none of that name
    static LinearDescription linear(InputGroup group, String name) {
        return group.linears().stream()
                .filter(linear -> linear.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "group %s: expected one of %s, found '%s'"
                                                .formatted(group.name(), group.linears(), name)));
    }
}
