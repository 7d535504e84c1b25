package io.sparsemesh.worker.solve;

import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.Sparsity;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.plan.LinearSelector;
import io.sparsemesh.contracts.task.Shares;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskOutput.LayerReport;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.solver.FactorReport;
import io.sparsemesh.engine.solver.Quantisation;
import io.sparsemesh.engine.solver.RefitReport;
import io.sparsemesh.engine.solver.SolverOptions;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.worker.Workplace;
import io.sparsemesh.worker.tensor.Scales;
import io.sparsemesh.worker.tensor.TensorArtifacts;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

    /// Of several candidates, prunes for each with the one factor, each time from the dense
    /// weights.
    public TaskOutput run(TaskWork.Solve work, TaskContext context) throws IOException {
        OpenModel model = place.model(work.modelUri());
        InputGroup group = model.description().blocks().get(work.block()).group(work.group());
        try (Arena arena = Arena.ofShared()) {
            long start = System.nanoTime();
            GroupBasis basis =
                    GroupBasis.of(
                            place,
                            arena,
                            new GroupBasis.Sums(
                                    work.method(),
                                    work.block(),
                                    group,
                                    work.grams(),
                                    work.sequences(),
                                    work.tokens()),
                            model.description().dtype());
            Map<String, Double> shares = shares(work);
            Map<String, TaskOutput.Solved> solved = new TreeMap<>();
            for (Candidate candidate : work.method().candidates()) {
                solved.put(
                        candidate.name(),
                        solve(model, group, of(work, candidate, shares), basis, context, start));
                start = System.nanoTime();
            }
            return solved.size() > 1 ? new TaskOutput.SolvedCandidates(solved) : solved.get("");
        }
    }

    /// What was allocated to the task's linears; nothing where no allocation is named.
    private Map<String, Double> shares(TaskWork.Solve work) throws IOException {
        if (work.allocation() == null) {
            return Map.of();
        }
        byte[] json = place.store().read(work.allocation());
        Map<String, Double> all = MessageCodec.mapper().readValue(json, Shares.class).linears();
        return work.linears().stream()
                .filter(all::containsKey)
                .collect(Collectors.toMap(name -> name, all::get));
    }

    /// The work for one candidate alone.
    private static Asked of(TaskWork.Solve work, Candidate candidate, Map<String, Double> shares) {
        boolean only = candidate.name().isEmpty();
        Method method = work.method().of(candidate);
        return new Asked(
                only || candidate.isAllocated() ? method.withShares(shares) : method,
                work.linears(),
                candidate.name());
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
            GroupBasis basis,
            TaskContext context,
            long start) {
        try (Arena arena = Arena.ofShared()) {
            List<Solved> solved = new ArrayList<>();
            long since = start;
            for (String name : work.linears()) {
                context.checkAbandoned();
                solved.add(
                        prune(
                                arena,
                                model,
                                GroupBasis.linear(group, name),
                                work.method(),
                                basis,
                                since));
                since = System.nanoTime();
            }
            return new TaskOutput.Solved(
                    store(context, work.file(), solved),
                    solved.stream().map(Solved::report).toList());
        }
    }

    private Solved prune(
            Arena arena,
            OpenModel model,
            LinearDescription linear,
            Method method,
            GroupBasis basis,
            long start) {
        Device device = place.device();
        Tensor dense = model.folder().tensor(linear.tensor());
        Sparsity target = new LinearSelector(method).target(linear.name());
        SolverOptions options = MethodOptions.of(method, target, dense.dtype());
        try (Arena scratch = Arena.ofShared()) {
            Matrix w = DenseWeight.load(device, scratch, model, linear, dense);
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

    private static LayerReport report(
            PrunedWeight pruned,
            GroupPruner.Outcome outcome,
            Sparsity target,
            GroupBasis basis,
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
