package io.sparsemesh.worker.solve;

import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskOutput.LayerReport;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.calibration.FewTokens;
import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.solver.FactorReport;
import io.sparsemesh.engine.solver.GramFactor;
import io.sparsemesh.engine.solver.MagnitudePruner;
import io.sparsemesh.engine.solver.SolveResult;
import io.sparsemesh.engine.solver.SolverOptions;
import io.sparsemesh.engine.solver.SparseGptSolver;
import io.sparsemesh.engine.solver.Sparsity;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.worker.Workplace;
import io.sparsemesh.worker.tensor.GramFiles;
import io.sparsemesh.worker.tensor.MatrixFiles;
import io.sparsemesh.worker.tensor.TensorArtifacts;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Prunes the linears of one input group with one factorisation of their Gram matrix.
public final class SolveTask {

    private final Workplace place;

    public SolveTask(Workplace place) {
        this.place = place;
    }

    /// A pruned linear and what is said of it.
    private record Solved(PrunedWeight weight, LayerReport report) {}

    public TaskOutput.Solved run(TaskWork.Solve work, TaskContext context) {
        OpenModel model = place.model(work.modelUri());
        InputGroup group = model.description().blocks().get(work.block()).group(work.group());
        try (Arena arena = Arena.ofShared()) {
            long start = System.nanoTime();
            Optional<Basis> basis = basis(arena, work, group);
            List<Solved> solved = new ArrayList<>();
            for (String name : work.linears()) {
                context.checkAbandoned();
                solved.add(prune(arena, model, linear(group, name), work, basis, start));
                start = System.nanoTime();
            }
            return new TaskOutput.Solved(
                    store(context, solved), solved.stream().map(Solved::report).toList());
        }
    }

    private static LinearDescription linear(InputGroup group, String name) {
        return group.linears().stream()
                .filter(linear -> linear.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "group %s: expected one of %s, found '%s'"
                                                .formatted(group.name(), group.linears(), name)));
    }

    /// What the linears of a group are pruned with.
    ///
    /// @param tokens that got to them in calibration
    /// @param remark what is to be said of those tokens, empty for nothing
    private record Basis(GramFactor factor, long tokens, String remark) {}

    private Optional<Basis> basis(Arena arena, TaskWork.Solve work, InputGroup group) {
        if (!work.method().name().isCalibrated()) {
            return Optional.empty();
        }
        String layer = "block %d, %s".formatted(work.block(), group.name());
        long tokens =
                group.routed() ? GramFiles.tokens(place.store(), work.grams()) : work.tokens();
        FewTokens options = FewTokens.DEFAULT;
        String remark = options.isFew(group, tokens) ? options.remark(layer, tokens) : "";
        boolean every = options.needsEveryToken(group, tokens);
        Matrix h = gram(arena, work, group.inputs(), every);
        GramFactor factor = GramFactor.of(place.device(), arena, layer, h, options(work.method()));
        return Optional.of(new Basis(factor, tokens, remark));
    }

    /// `H = 2/N (P_0 + P_1 + ...)` in shard order, with one partial sum in memory besides H.
    ///
    /// @param every whether over every token, for an expert that few got to
    private Matrix gram(Arena arena, TaskWork.Solve work, long inputs, boolean every) {
        Device device = place.device();
        Matrix h = device.allocate(arena, inputs, inputs);
        try (Arena scratch = Arena.ofShared()) {
            Matrix partial = device.scratch(scratch, inputs, inputs);
            for (ArtifactRef ref : work.grams()) {
                GramFiles.load(place.store(), device, ref, every, partial);
                device.blas().addScaled(1, partial, 1, h);
            }
        }
        GramAccumulator.combine(device, List.of(h), work.sequences(), h);
        return h;
    }

    private static SolverOptions options(Method method) {
        Sparsity sparsity =
                switch (method.target()) {
                    case io.sparsemesh.contracts.job.Sparsity.Unstructured(double share) ->
                            new Sparsity.Unstructured(share);
                    case io.sparsemesh.contracts.job.Sparsity.NOutOfM(int n, int m) ->
                            new Sparsity.NOutOfM(n, m);
                };
        SolverOptions options = SolverOptions.of(sparsity).withExactCount(method.exactCount());
        return method.name() == MethodName.MAGNITUDE
                ? options
                : options.withBlockSize(method.blockSize()).withDamping(method.damping());
    }

    private Solved prune(
            Arena arena,
            OpenModel model,
            LinearDescription linear,
            TaskWork.Solve work,
            Optional<Basis> basis,
            long start) {
        Device device = place.device();
        Tensor dense = model.folder().tensor(linear.tensor());
        try (Arena scratch = Arena.ofShared()) {
            Matrix w = load(scratch, model, linear, dense);
            SolverOptions options = options(work.method());
            Optional<SolveResult> result =
                    basis.map(
                            b ->
                                    SparseGptSolver.solve(
                                            device, linear.name(), w, b.factor, options));
            if (result.isEmpty()) {
                MagnitudePruner.prune(device, linear.name(), w, Optional.empty(), options);
            }
            PrunedWeight pruned = PrunedWeight.cast(device, arena, linear, dense.dtype(), w);
            long millis = (System.nanoTime() - start) / 1_000_000;
            long tokens = basis.map(Basis::tokens).orElse(work.tokens());
            String remark = basis.map(Basis::remark).orElse("");
            return new Solved(pruned, report(pruned, result, tokens, remark, millis));
        }
    }

    /// W `[outputs x inputs]`, whichever way the file has it.
    private Matrix load(Arena scratch, OpenModel model, LinearDescription linear, Tensor dense) {
        Device device = place.device();
        Matrix stored = device.scratch(scratch, linear.shape().get(0), linear.shape().get(1));
        MatrixFiles.load(device, dense, stored);
        device.pruning()
                .firstNonFinite(stored)
                .ifPresent(
                        at -> {
                            throw new CheckpointException(
                                    model.folder().path().getFileName().toString(),
                                    linear.tensor(),
                                    "expected finite values, found another at [%d, %d]"
                                            .formatted(at.row(), at.col()));
                        });
        if (!linear.transposed()) {
            return stored;
        }
        Matrix w = device.scratch(scratch, linear.outputs(), linear.inputs());
        device.pruning().transpose(stored, w);
        return w;
    }

    private static LayerReport report(
            PrunedWeight pruned,
            Optional<SolveResult> result,
            long tokens,
            String remark,
            long millis) {
        LinearDescription linear = pruned.linear();
        return new LayerReport(
                linear.name(),
                linear.outputs(),
                linear.inputs(),
                pruned.sparsity(),
                pruned.zeros(),
                result.map(r -> r.stats().relativeOutputError().orElse(0)).orElse(null),
                result.map(r -> r.factor().damping()).orElse(null),
                result.map(r -> r.factor().precision().name()).orElse(null),
                fallback(result, remark),
                tokens,
                millis);
    }

    /// What was done other than asked: in calibration, in the factorisation.
    private static String fallback(Optional<SolveResult> result, String remark) {
        Stream<String> factor =
                result.map(SolveResult::factor).filter(FactorReport::isFallback).stream()
                        .map(
                                f ->
                                        "damping %s in %s after %d attempts"
                                                .formatted(
                                                        f.damping(), f.precision(), f.attempts()));
        return Stream.concat(Stream.of(remark).filter(r -> !r.isEmpty()), factor)
                .collect(Collectors.joining("; "));
    }

    private ArtifactRef store(TaskContext context, List<Solved> solved) {
        return TensorArtifacts.put(
                place.store(),
                ArtifactKeys.output(context.lease(), "weights.safetensors"),
                solved.stream().map(s -> s.weight().source()).toList());
    }
}
