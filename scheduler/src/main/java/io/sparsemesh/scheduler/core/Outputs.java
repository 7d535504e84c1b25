package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.evaluation.EvaluationResult;
import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.event.JobResult;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.contracts.plan.Sharing;
import io.sparsemesh.contracts.task.TaskOutput;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What the tasks of a job yielded so far, put together in plan order.
final class Outputs {

    private static final String DENSE = "dense";
    private static final String PRUNED = "pruned";

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

    /// What a solve task made for a candidate.
    ///
    /// @throws IllegalStateException if it has not made it
    TaskOutput.Solved solved(TaskId id, String candidate) {
        return solved(tasks.get(id), candidate).orElseGet(() -> of(id, TaskOutput.Solved.class));
    }

    /// What a solve task made for a candidate; empty if it has not succeeded.
    static Optional<TaskOutput.Solved> solved(Task task, String candidate) {
        return find(task, TaskOutput.SolvedCandidates.class)
                .map(all -> all.candidates().get(candidate))
                .or(() -> find(task, TaskOutput.Solved.class));
    }

    /// The reports in what a solve task made, of all candidates.
    static Stream<TaskOutput.LayerReport> layers(TaskOutput solved) {
        return solved instanceof TaskOutput.SolvedCandidates all
                ? all.candidates().values().stream().flatMap(Outputs::layers)
                : ((TaskOutput.Solved) solved).layers().stream();
    }

    List<TaskOutput.Solved> solved(String candidate) {
        String made = made(candidate);
        return planned(PlannedTask.Solve.class)
                .filter(task -> solve(task).candidates().contains(made))
                .map(task -> solved(task.id(), made))
                .toList();
    }

    /// The candidate that became the checkpoint of that name.
    private String made(String checkpoint) {
        return checkpoint.isEmpty()
                ? kept().map(TaskOutput.Kept::candidate).orElse(checkpoint)
                : checkpoint;
    }

    /// Which of an allocated job's checkpoints stays, once that is done.
    private Optional<TaskOutput.Kept> kept() {
        return planned(PlannedTask.Keep.class)
                .flatMap(task -> find(task, TaskOutput.Kept.class).stream())
                .findFirst();
    }

    /// @throws java.util.NoSuchElementException if nothing is to be allocated
    TaskOutput.Allocated allocated() {
        return planned(PlannedTask.Allocate.class)
                .map(task -> of(task.id(), TaskOutput.Allocated.class))
                .findFirst()
                .orElseThrow();
    }

    private static PlannedTask.Solve solve(Task task) {
        return (PlannedTask.Solve) task.planned();
    }

    /// Reports of a candidate's linears, in block and group order.
    List<TaskOutput.LayerReport> layers(String candidate) {
        return solved(candidate).stream().flatMap(output -> output.layers().stream()).toList();
    }

    TaskOutput.Assembled assembled(String candidate) {
        if (candidate.isEmpty() && kept().isPresent()) {
            return kept().get().checkpoint();
        }
        return planned(PlannedTask.Assemble.class)
                .filter(t -> ((PlannedTask.Assemble) t.planned()).candidate().equals(candidate))
                .map(task -> of(task.id(), TaskOutput.Assembled.class))
                .findFirst()
                .orElseThrow();
    }

    /// Digests over the shards' token ids, in shard order: every block sees the same ones.
    List<String> calibrationIds() {
        Map<Integer, String> ids = new TreeMap<>();
        planned(PlannedTask.Calibrate.class)
                .filter(task -> task.planned().dependsOn().isEmpty())
                .forEach(
                        task ->
                                ids.put(
                                        ((PlannedTask.Calibrate) task.planned()).shard(),
                                        of(task.id(), TaskOutput.Calibrated.class).idsSha256()));
        return List.copyOf(ids.values());
    }

    /// All suites of all variants that have at least one slice done.
    List<EvaluationResult> evaluations() {
        Set<Suite> suites = new LinkedHashSet<>();
        planned(PlannedTask.Evaluate.class)
                .map(task -> Suite.of((PlannedTask.Evaluate) task.planned()))
                .forEach(suites::add);
        Stream<Suite> decided = decided().stream();
        return Stream.concat(suites.stream(), decided)
                .flatMap(suite -> evaluation(suite).stream())
                .toList();
    }

    /// The suite that chose the checkpoint: it need not be measured again.
    private Optional<Suite> decided() {
        return planned(PlannedTask.Keep.class)
                .filter(task -> find(task, TaskOutput.Kept.class).isPresent())
                .map(task -> ((PlannedTask.Keep) task.planned()).suite())
                .map(suite -> new Suite(PRUNED, "perplexity", suite))
                .findFirst();
    }

    /// Those of the dense model and of one candidate, which is called as if it were the only one.
    List<EvaluationResult> evaluations(Candidate candidate) {
        return evaluations().stream()
                .filter(e -> isCompared(e.variant()) || isOf(candidate, e.variant()))
                .map(e -> isCompared(e.variant()) ? e : alone(candidate, e))
                .toList();
    }

    /// Whether it is the dense model, or what the checkpoint was chosen from.
    private boolean isCompared(String variant) {
        return variant.equals(DENSE)
                || planned(PlannedTask.Keep.class).findAny().isPresent()
                        && planned(PlannedTask.Assemble.class)
                                .map(t -> ((PlannedTask.Assemble) t.planned()).candidate())
                                .anyMatch(variant::equals);
    }

    private static boolean isOf(Candidate candidate, String variant) {
        return variant.equals(candidate.variant()) || variant.startsWith(candidate.variant() + "-");
    }

    private static EvaluationResult alone(Candidate candidate, EvaluationResult e) {
        String variant = PRUNED + e.variant().substring(candidate.variant().length());
        return new EvaluationResult(
                e.suite(), e.task(), variant, e.metrics(), e.items(), e.slicesDone(), e.slices());
    }

    /// A suite on a variant.
    record Suite(String variant, String suite, String task) {
        static Suite of(PlannedTask.Evaluate planned) {
            return new Suite(planned.variant(), planned.suite(), planned.task());
        }
    }

    /// The suite over the slices that are done; empty if none is.
    Optional<EvaluationResult> evaluation(Suite suite) {
        return decided().equals(Optional.of(suite)) ? chosen(suite) : measured(suite);
    }

    /// What decided, under the name of the checkpoint that it made.
    private Optional<EvaluationResult> chosen(Suite suite) {
        return measured(new Suite(made(""), suite.suite(), suite.task()))
                .map(
                        e ->
                                new EvaluationResult(
                                        e.suite(),
                                        e.task(),
                                        suite.variant(),
                                        e.metrics(),
                                        e.items(),
                                        e.slicesDone(),
                                        e.slices()));
    }

    private Optional<EvaluationResult> measured(Suite suite) {
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
    private List<String> degraded(Candidate candidate) {
        return layers(candidate.name()).stream()
                .filter(Outputs::fellBack)
                .map(layer -> candidate.layer(layer.name()))
                .toList();
    }

    /// Names of the linears that needed a fallback, of all checkpoints that stay.
    List<String> degraded(Method method) {
        return method.checkpoints().stream().flatMap(c -> degraded(c).stream()).toList();
    }

    static boolean fellBack(TaskOutput.LayerReport layer) {
        return layer.fallback() != null && !layer.fallback().isEmpty();
    }

    /// The result of a job all of whose tasks have succeeded.
    JobResult result(JobRequest request) {
        return request.method().isSweep() ? sweep(request) : single(request);
    }

    private JobResult sweep(JobRequest request) {
        List<Candidate> candidates = request.method().candidates();
        return new JobResult(
                request.output().uri(),
                request.output().format(),
                null,
                null,
                metrics(DENSE),
                Map.of(),
                candidates.stream().mapToInt(c -> layers(c.name()).size()).sum(),
                degraded(request.method()),
                candidates.stream().map(this::report).toList(),
                Sharing.of(request.method()).text(),
                candidates.stream().map(this::result).toList(),
                null);
    }

    private JobResult.Candidate result(Candidate candidate) {
        TaskOutput.Assembled assembled = assembled(candidate.name());
        return new JobResult.Candidate(
                candidate.name(),
                candidate.target().toString(),
                assembled.outputUri(),
                assembled.sha256(),
                assembled.sparsity(),
                metrics(candidate.variant()));
    }

    /// Named below the folder of all candidates.
    private FileDigest report(Candidate candidate) {
        FileDigest report =
                planned(PlannedTask.Report.class)
                        .filter(
                                t ->
                                        ((PlannedTask.Report) t.planned())
                                                .candidate()
                                                .equals(candidate.name()))
                        .map(t -> of(t.id(), TaskOutput.Reported.class).report())
                        .findFirst()
                        .orElseThrow();
        return new FileDigest(
                candidate.name() + "/" + report.name(), report.size(), report.sha256());
    }

    private JobResult single(JobRequest request) {
        TaskOutput.Assembled assembled = assembled("");
        return new JobResult(
                assembled.outputUri(),
                request.output().format(),
                assembled.sha256(),
                assembled.sparsity(),
                metrics(DENSE),
                metrics(PRUNED),
                layers("").size(),
                degraded(request.method()),
                Stream.concat(
                                assembled.files().stream(),
                                planned(PlannedTask.Report.class)
                                        .map(t -> of(t.id(), TaskOutput.Reported.class).report()))
                        .toList(),
                null,
                null,
                Choice.result(request, this));
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
