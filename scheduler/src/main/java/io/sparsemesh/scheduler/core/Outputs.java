package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.evaluation.EvaluationResult;
import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.event.JobResult;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.contracts.task.TaskOutput;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// What the tasks of a job yielded so far, put together in plan order.
final class Outputs {

    private final Map<TaskId, Task> tasks;

    Outputs(Map<TaskId, Task> tasks) {
        this.tasks = tasks;
    }

    /// @throws IllegalStateException if the task has not succeeded with such an output
    <T extends TaskOutput> T of(TaskId id, Class<T> type) {
        return find(tasks.get(id), type)
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "%s: expected %s, found %s"
                                                .formatted(
                                                        id,
                                                        type.getSimpleName(),
                                                        tasks.get(id).phase())));
    }

    private static <T extends TaskOutput> Optional<T> find(Task task, Class<T> type) {
        return task.phase() instanceof Phase.Succeeded done && type.isInstance(done.output())
                ? Optional.of(type.cast(done.output()))
                : Optional.empty();
    }

    private <P extends PlannedTask> Stream<Task> planned(Class<P> type) {
        return tasks.values().stream().filter(task -> type.isInstance(task.planned()));
    }

    List<TaskOutput.Solved> solved() {
        return planned(PlannedTask.Solve.class)
                .map(task -> of(task.id(), TaskOutput.Solved.class))
                .toList();
    }

    /// Reports of all linears, in block and group order.
    List<TaskOutput.LayerReport> layers() {
        return solved().stream().flatMap(output -> output.layers().stream()).toList();
    }

    TaskOutput.Assembled assembled() {
        return planned(PlannedTask.Assemble.class)
                .map(task -> of(task.id(), TaskOutput.Assembled.class))
                .findFirst()
                .orElseThrow();
    }

    /// Digests over the shards' token ids, in shard order: every block sees the same ones.
    List<String> calibrationIds() {
        return planned(PlannedTask.Calibrate.class)
                .filter(task -> task.planned().dependsOn().isEmpty())
                .map(task -> of(task.id(), TaskOutput.Calibrated.class).idsSha256())
                .toList();
    }

    /// All suites of all variants that have at least one slice done.
    List<EvaluationResult> evaluations() {
        Set<Suite> suites = new LinkedHashSet<>();
        planned(PlannedTask.Evaluate.class)
                .map(task -> Suite.of((PlannedTask.Evaluate) task.planned()))
                .forEach(suites::add);
        return suites.stream().flatMap(suite -> evaluation(suite).stream()).toList();
    }

    /// A suite on a variant.
    record Suite(String variant, String suite, String task) {
        static Suite of(PlannedTask.Evaluate planned) {
            return new Suite(planned.variant(), planned.suite(), planned.task());
        }
    }

    /// The suite over the slices that are done; empty if none is.
    Optional<EvaluationResult> evaluation(Suite suite) {
        List<Task> slices =
                planned(PlannedTask.Evaluate.class)
                        .filter(
                                task ->
                                        Suite.of((PlannedTask.Evaluate) task.planned())
                                                .equals(suite))
                        .toList();
        List<Tally> tallies = new ArrayList<>();
        for (Task slice : slices) {
            find(slice, TaskOutput.Evaluated.class).ifPresent(done -> tallies.add(done.slice()));
        }
        return tallies.stream()
                .reduce(Tally::plus)
                .map(
                        sum ->
                                new EvaluationResult(
                                        suite.suite(),
                                        suite.task(),
                                        suite.variant(),
                                        sum.metrics(),
                                        sum.items(),
                                        tallies.size(),
                                        slices.size()));
    }

    /// Names of the linears that needed a fallback.
    List<String> degraded() {
        return layers().stream().filter(Outputs::fellBack).map(l -> l.name()).toList();
    }

    static boolean fellBack(TaskOutput.LayerReport layer) {
        return layer.fallback() != null && !layer.fallback().isEmpty();
    }

    /// The result of a job all of whose tasks have succeeded.
    JobResult result(String format) {
        TaskOutput.Assembled assembled = assembled();
        return new JobResult(
                assembled.outputUri(),
                format,
                assembled.sha256(),
                assembled.sparsity(),
                metrics("dense"),
                metrics("pruned"),
                layers().size(),
                degraded(),
                Stream.concat(
                                assembled.files().stream(),
                                planned(PlannedTask.Report.class)
                                        .map(t -> of(t.id(), TaskOutput.Reported.class).report()))
                        .toList());
    }

    private Map<String, Map<String, Double>> metrics(String variant) {
        Map<String, Map<String, Double>> metrics = new LinkedHashMap<>();
        for (EvaluationResult evaluation : evaluations()) {
            if (evaluation.variant().equals(variant)) {
                metrics.put(evaluation.task(), evaluation.metrics());
            }
        }
        return metrics;
    }
}
