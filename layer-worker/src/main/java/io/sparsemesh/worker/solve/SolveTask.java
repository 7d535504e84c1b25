package io.sparsemesh.worker.solve;

import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.Sparsity;
import io.sparsemesh.contracts.plan.LinearSelector;
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
import io.sparsemesh.engine.solver.DenseTarget;
import io.sparsemesh.engine.solver.FactorReport;
import io.sparsemesh.engine.solver.GramFactor;
import io.sparsemesh.engine.solver.Quantisation;
import io.sparsemesh.engine.solver.RefitOptions;
import io.sparsemesh.engine.solver.RefitReport;
import io.sparsemesh.engine.solver.SolverOptions;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.worker.Experts;
import io.sparsemesh.worker.Workplace;
import io.sparsemesh.worker.tensor.GramFiles;
import io.sparsemesh.worker.tensor.GramFiles.Sum;
import io.sparsemesh.worker.tensor.MatrixFiles;
import io.sparsemesh.worker.tensor.Scales;
import io.sparsemesh.worker.tensor.TensorArtifacts;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Prunes the linears of one input group with one factorisation of their Gram matrix.
public final class SolveTask {

    private final Workplace place;

    public SolveTask(Workplace place) {
        this.place = place;
    }

    /// A pruned linear and what is said of it.
    ///
    /// @param scales of its quantised weights, none or one
    private record Solved(PrunedWeight weight, List<TensorSource> scales, LayerReport report) {
        Stream<TensorSource> tensors() {
            return Stream.concat(Stream.of(weight.source()), scales.stream());
        }
    }

    /// Of a sweep, prunes for each candidate with the one factor, each time from the dense weights.
    public TaskOutput run(TaskWork.Solve work, TaskContext context) {
        OpenModel model = place.model(work.modelUri());
        InputGroup group = model.description().blocks().get(work.block()).group(work.group());
        try (Arena arena = Arena.ofShared()) {
            long start = System.nanoTime();
            Basis basis = basis(arena, work, group, model.description().dtype());
            Map<String, TaskOutput.Solved> solved = new TreeMap<>();
            for (Candidate candidate : work.method().candidates()) {
                solved.put(
                        candidate.name(),
                        solve(model, group, of(work, candidate), basis, context, start));
                start = System.nanoTime();
            }
            return work.method().isSweep()
                    ? new TaskOutput.SolvedCandidates(solved)
                    : solved.get("");
        }
    }

    /// The work for one candidate alone.
    private static Asked of(TaskWork.Solve work, Candidate candidate) {
        return new Asked(work.method().of(candidate), work.linears(), candidate.name());
    }

    /// What is to be done for one candidate.
    ///
    /// @param method with the candidate's target
    private record Asked(Method method, List<String> linears, String candidate) {
        String file() {
            return candidate.isEmpty()
                    ? "weights.safetensors"
                    : "weights-%s.safetensors".formatted(candidate);
        }
    }

    private TaskOutput.Solved solve(
            OpenModel model,
            InputGroup group,
            Asked work,
            Basis basis,
            TaskContext context,
            long start) {
        try (Arena arena = Arena.ofShared()) {
            List<Solved> solved = new ArrayList<>();
            long since = start;
            for (String name : work.linears()) {
                context.checkAbandoned();
                solved.add(prune(arena, model, linear(group, name), work.method(), basis, since));
                since = System.nanoTime();
            }
            return new TaskOutput.Solved(
                    store(context, work.file(), solved),
                    solved.stream().map(Solved::report).toList());
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
    private record Basis(GroupPruner pruner, long tokens, String remark) {}

    private Basis basis(Arena arena, TaskWork.Solve work, InputGroup group, Dtype dtype) {
        Device device = place.device();
        Method method = work.method();
        if (!method.name().isCalibrated()) {
            return new Basis(new GroupPruner.Magnitude(device), work.tokens(), "");
        }
        String layer = "block %d, %s".formatted(work.block(), group.name());
        long tokens =
                group.routed() ? GramFiles.tokens(place.store(), work.grams()) : work.tokens();
        FewTokens few = Experts.fewTokens(method.experts());
        String remark = few.isFew(group, tokens) ? few.remark(layer, tokens) : "";
        boolean every = few.needsEveryToken(group, tokens);
        Matrix h = sum(arena, work, group.inputs(), every ? Sum.EVERY : Sum.GRAM);
        GroupPruner pruner =
                switch (method.name()) {
                    case MAGNITUDE -> new GroupPruner.Magnitude(device);
                    case WANDA -> new GroupPruner.Wanda(device, h);
                    case SPARSEGPT -> sparseGpt(arena, work, group, layer, h, dtype);
                };
        return new Basis(pruner, tokens, remark);
    }

    private GroupPruner sparseGpt(
            Arena arena,
            TaskWork.Solve work,
            InputGroup group,
            String layer,
            Matrix h,
            Dtype dtype) {
        Device device = place.device();
        Method method = work.method();
        SolverOptions options = MethodOptions.of(method, any(method), dtype);
        GramFactor factor = GramFactor.of(device, arena, layer, h, options);
        if (method.refit() == null) {
            return new GroupPruner.SparseGpt(device, factor);
        }
        RefitOptions refit = MethodOptions.refit(method.refit());
        Optional<Matrix> k =
                method.refit().needsDense() && !group.routed()
                        ? Optional.of(correction(arena, work, factor, refit))
                        : Optional.empty();
        return new GroupPruner.Refitted(device, factor, refit, k);
    }

    private Matrix correction(
            Arena arena, TaskWork.Solve work, GramFactor factor, RefitOptions refit) {
        try (Arena scratch = Arena.ofShared()) {
            Matrix cross = sum(scratch, work, factor.h().rows(), Sum.CROSS);
            return DenseTarget.correction(place.device(), arena, factor, cross, refit.mix());
        }
    }

    /// The factor depends on no target.
    private static Sparsity any(Method method) {
        return method.candidates().getFirst().target();
    }

    /// `H = 2/N (P_0 + P_1 + ...)` in shard order, with one partial sum in memory besides H.
    private Matrix sum(Arena arena, TaskWork.Solve work, long inputs, Sum which) {
        Device device = place.device();
        Matrix h = device.allocate(arena, inputs, inputs);
        try (Arena scratch = Arena.ofShared()) {
            Matrix partial = device.scratch(scratch, inputs, inputs);
            for (ArtifactRef ref : work.grams()) {
                GramFiles.load(place.store(), device, ref, which, partial);
                device.blas().addScaled(1, partial, 1, h);
            }
        }
        GramAccumulator.combine(device, List.of(h), work.sequences(), h);
        return h;
    }

    private Solved prune(
            Arena arena,
            OpenModel model,
            LinearDescription linear,
            Method method,
            Basis basis,
            long start) {
        Device device = place.device();
        Tensor dense = model.folder().tensor(linear.tensor());
        Sparsity target = new LinearSelector(method).target(linear.name());
        SolverOptions options = MethodOptions.of(method, target, dense.dtype());
        try (Arena scratch = Arena.ofShared()) {
            Matrix w = load(scratch, model, linear, dense);
            List<TensorSource> scales = scales(arena, linear, options.quantisation(), w);
            GroupPruner.Outcome outcome = basis.pruner().prune(linear.name(), w, options);
            PrunedWeight pruned = PrunedWeight.cast(device, arena, linear, dense.dtype(), w);
            long millis = (System.nanoTime() - start) / 1_000_000;
            LayerReport report = report(pruned, outcome, target, basis, millis);
            return new Solved(pruned, scales, report);
        }
    }

    /// Scales of symmetric grids, which the solver spans alike from the same weights.
    private List<TensorSource> scales(
            Arena arena, LinearDescription linear, Quantisation quantisation, Matrix w) {
        if (!(quantisation instanceof Quantisation.Grid grid && grid.symmetric())) {
            return List.of();
        }
        try (Arena scratch = Arena.ofShared()) {
            Matrix scale = grid.span(place.device(), scratch, w).scale();
            return List.of(
                    Scales.source(place.device(), arena, linear.name(), grid.scaleType(), scale));
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
            GroupPruner.Outcome outcome,
            Sparsity target,
            Basis basis,
            long millis) {
        LinearDescription linear = pruned.linear();
        OptionalDouble error = outcome.stats().relativeOutputError();
        return new LayerReport(
                linear.name(),
                linear.outputs(),
                linear.inputs(),
                pruned.sparsity(),
                pruned.zeros(),
                error.isPresent() ? error.getAsDouble() : null,
                outcome.factor().map(FactorReport::damping).orElse(null),
                outcome.factor().map(f -> f.precision().name()).orElse(null),
                fallback(outcome, basis.remark()),
                basis.tokens(),
                millis,
                target.toString(),
                outcome.refit().map(SolveTask::refit).orElse(null));
    }

    private static TaskOutput.Refit refit(RefitReport report) {
        return new TaskOutput.Refit(
                report.errorBefore(), report.errorAfter(), report.iterations(), report.kept());
    }

    private static String text(FactorReport fallback) {
        return "damping %s in %s after %d attempts"
                .formatted(fallback.damping(), fallback.precision(), fallback.attempts());
    }

    /// What was done other than asked: in calibration, in the factorisation.
    private static String fallback(GroupPruner.Outcome outcome, String remark) {
        Stream<String> factor =
                outcome.factor().filter(FactorReport::isFallback).stream().map(SolveTask::text);
        return Stream.concat(Stream.of(remark).filter(r -> !r.isEmpty()), factor)
                .collect(Collectors.joining("; "));
    }

    private ArtifactRef store(TaskContext context, String file, List<Solved> solved) {
        return TensorArtifacts.put(
                place.store(),
                ArtifactKeys.output(context.lease(), file),
                solved.stream().flatMap(Solved::tensors).toList());
    }
}
