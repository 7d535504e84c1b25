package io.sparsemesh.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.sparsemesh.checkpoint.TensorInfo;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.model.InputGroup;
import io.sparsemesh.contracts.model.Linear;
import io.sparsemesh.contracts.plan.JobPlan;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.contracts.plan.Planner;
import io.sparsemesh.contracts.task.AllocateManifest;
import io.sparsemesh.contracts.task.AssembleManifest;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.ReportManifest;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskOutput.Calibrated;
import io.sparsemesh.contracts.task.TaskOutput.LayerReport;
import io.sparsemesh.contracts.task.TaskOutput.Solved;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.model.ModelDescription;
import io.sparsemesh.taskqueue.TaskContext;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Runs the tasks of a plan one after the other in this thread, as the scheduler hands them out.
final class PlanRunner {

    final JobId job;
    final JobRequest request;
    final Map<TaskId, TaskOutput> outputs = new HashMap<>();
    private final Workplace place;
    private final LayerTasks tasks;
    private final JobPlan plan;

    PlanRunner(Workplace place, String job, JobRequest request) {
        this.place = place;
        this.tasks = new LayerTasks(place, "test");
        this.job = new JobId(job);
        this.request = request;
        this.plan = Planner.plan(request, architecture());
    }

    /// Runs calibrate, solve and assemble tasks.
    TaskOutput.Assembled prune() throws Exception {
        for (PlannedTask task : plan.tasks()) {
            if (!(task instanceof PlannedTask.Evaluate
                    || task instanceof PlannedTask.Keep
                    || task instanceof PlannedTask.Report)) {
                run(task);
            }
        }
        return assembled();
    }

    JobPlan plan() {
        return plan;
    }

    /// Runs one task; those that it depends on have been run.
    void run(PlannedTask task) throws Exception {
        run(task, 1);
    }

    /// Runs an attempt of a task.
    void run(PlannedTask task, int attempt) throws Exception {
        outputs.put(task.id(), run(work(task), task.id().value(), attempt));
    }

    TaskOutput.Assembled assembled() {
        return (TaskOutput.Assembled) outputs.get(new TaskId("assemble"));
    }

    TaskOutput run(TaskWork work, String task, int attempt) throws Exception {
        LayerTask record = new LayerTask(job, new TaskId(task), attempt, work);
        return tasks.run(record, context(record.lease(1, "here")));
    }

    static TaskContext context(Lease lease) {
        return new TaskContext() {
            @Override
            public Lease lease() {
                return lease;
            }

            @Override
            public boolean abandoned() {
                return false;
            }
        };
    }

    private TaskWork work(PlannedTask task) {
        return switch (task) {
            case PlannedTask.Calibrate c ->
                    new TaskWork.Calibrate(
                            request.modelUri(),
                            request.calibration(),
                            c.shard(),
                            c.shards(),
                            c.from(),
                            c.block(),
                            c.groups(),
                            c.previous().stream().map(id -> calibrated(id).hidden()).toList(),
                            c.solved().stream()
                                    .map(id -> solved(id, c.candidate()).weights())
                                    .toList(),
                            request.method().experts(),
                            request.method().refit() != null
                                    && request.method().refit().needsDense()
                                    && !c.dense());
            case PlannedTask.Profile p -> profile(p);
            case PlannedTask.Allocate a -> allocate(a);
            case PlannedTask.Keep k -> throw new IllegalArgumentException(k.toString());
            case PlannedTask.Solve s ->
                    new TaskWork.Solve(
                            request.modelUri(),
                            s.candidates().size() == 1
                                    ? request(s.candidates().getFirst()).method()
                                    : request.method(),
                            s.block(),
                            s.group(),
                            s.linears(),
                            s.calibrates().stream()
                                    .map(id -> calibrated(id).grams().get(s.group()))
                                    .toList(),
                            s.calibrates().stream()
                                    .mapToLong(id -> calibrated(id).sequences())
                                    .sum(),
                            s.calibrates().stream().mapToLong(id -> calibrated(id).tokens()).sum(),
                            s.allocation() == null ? null : allocated().shares());
            case PlannedTask.Assemble a -> assemble(a);
            case PlannedTask.Report _ -> report();
            case PlannedTask.Evaluate _ -> throw new IllegalArgumentException(task.toString());
        };
    }

    private TaskWork.Profile profile(PlannedTask.Profile p) {
        List<Calibrated> shards = p.dependsOn().stream().map(this::calibrated).toList();
        return new TaskWork.Profile(
                request.modelUri(),
                request.method(),
                p.block(),
                p.parts().stream()
                        .map(
                                part ->
                                        new TaskWork.Part(
                                                part.group(),
                                                part.linears(),
                                                shards.stream()
                                                        .map(c -> c.grams().get(part.group()))
                                                        .toList()))
                        .toList(),
                shards.stream().mapToLong(Calibrated::sequences).sum(),
                shards.stream().mapToLong(Calibrated::tokens).sum());
    }

    private TaskWork.Allocate allocate(PlannedTask.Allocate planned) {
        Map<Integer, List<TaskOutput.LinearProfile>> blocks = new TreeMap<>();
        for (PlannedTask task : plan.tasks()) {
            if (task instanceof PlannedTask.Profile p) {
                blocks.computeIfAbsent(p.block(), _ -> new ArrayList<>())
                        .addAll(((TaskOutput.Profiled) outputs.get(p.id())).linears());
            }
        }
        AllocateManifest manifest =
                new AllocateManifest(
                        request.method().allocation(),
                        request.method().sparsity(),
                        blocks.entrySet().stream()
                                .map(e -> new AllocateManifest.Block(e.getKey(), e.getValue()))
                                .toList());
        return new TaskWork.Allocate(manifest(planned.id().value(), manifest));
    }

    /// What was allocated.
    TaskOutput.Allocated allocated() {
        return (TaskOutput.Allocated) outputs.get(new TaskId("allocate"));
    }

    /// Where the checkpoint of a candidate lies.
    Path folder(String candidate) {
        return Path.of(URI.create(request(candidate).output().uri()));
    }

    /// The keep task in favour of a candidate.
    TaskWork.Keep keep(String candidate, String other) {
        TaskOutput made = outputs.get(new TaskId("assemble-" + candidate));
        return new TaskWork.Keep(
                request.output(),
                candidate,
                request(candidate).output().uri(),
                List.of(request(other).output().uri()),
                manifest("keep", made));
    }

    private Calibrated calibrated(TaskId id) {
        return (Calibrated) outputs.get(id);
    }

    private JobRequest request(String candidate) {
        return request.of(request.candidate(candidate));
    }

    private Solved solved(TaskId id, String candidate) {
        return outputs.get(id) instanceof TaskOutput.SolvedCandidates all
                ? all.candidates().get(candidate)
                : (Solved) outputs.get(id);
    }

    private List<LayerReport> layers(List<TaskId> solves, String candidate) {
        return solves.stream().flatMap(id -> solved(id, candidate).layers().stream()).toList();
    }

    private TaskWork.Assemble assemble(PlannedTask.Assemble planned) {
        JobRequest one = request(planned.candidate());
        AssembleManifest manifest =
                new AssembleManifest(
                        job,
                        one,
                        planned.dependsOn().stream()
                                .map(id -> solved(id, planned.candidate()).weights())
                                .toList(),
                        layers(planned.dependsOn(), planned.candidate()));
        return new TaskWork.Assemble(
                one.modelUri(), one.output(), manifest(planned.id().value(), manifest));
    }

    List<LayerReport> layers() {
        return layers(
                plan.tasks().stream()
                        .filter(PlannedTask.Solve.class::isInstance)
                        .map(PlannedTask::id)
                        .toList(),
                "");
    }

    private TaskWork.Assemble assemble(List<TaskId> solves) {
        return assemble(
                new AssembleManifest(
                        job,
                        request,
                        solves.stream().map(id -> solved(id, "").weights()).toList(),
                        layers(solves, "")));
    }

    TaskWork.Assemble assemble(AssembleManifest manifest) {
        return new TaskWork.Assemble(
                request.modelUri(), request.output(), manifest("assemble", manifest));
    }

    /// The assemble task as it is planned.
    TaskWork.Assemble assemble() {
        return assemble(
                plan.tasks().stream()
                        .filter(PlannedTask.Solve.class::isInstance)
                        .map(PlannedTask::id)
                        .toList());
    }

    TaskWork.Report report() {
        List<String> ids =
                plan.tasks().stream()
                        .filter(t -> t instanceof PlannedTask.Calibrate c && c.block() == 0)
                        .map(t -> calibrated(t.id()).idsSha256())
                        .toList();
        return new TaskWork.Report(
                request.output(),
                manifest(
                        "report",
                        new ReportManifest(
                                job, request, ids, layers(), List.of(), assembled(), null, null)));
    }

    private ArtifactRef manifest(String task, Object manifest) {
        try {
            return place.store()
                    .put(
                            ArtifactKeys.manifest(job, task, 1),
                            MessageCodec.mapper().writeValueAsBytes(manifest));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private Architecture architecture() {
        ModelDescription model = place.model(request.modelUri()).description();
        BlockDescription first = model.blocks().getFirst();
        return new Architecture(
                model.modelType(),
                model.family(),
                model.dtype().name(),
                model.hiddenSize(),
                model.vocabularySize(),
                (int) Math.min(Integer.MAX_VALUE, model.maxPositions()),
                model.blocks().size(),
                first.groups().stream()
                        .map(
                                g ->
                                        new InputGroup(
                                                g.name(),
                                                g.inputs(),
                                                g.linears().stream()
                                                        .map(l -> template(first, l))
                                                        .toList()))
                        .toList(),
                List.of(),
                place.model(request.modelUri()).folder().tensors().values().stream()
                        .mapToLong(TensorInfo::byteSize)
                        .sum());
    }

    private static Linear template(BlockDescription block, LinearDescription linear) {
        String prefix = block.prefix().replaceFirst("\\b0\\.$", Linear.BLOCK + ".");
        return new Linear(
                prefix + linear.name().substring(block.prefix().length()),
                linear.inputs(),
                linear.outputs());
    }
}
