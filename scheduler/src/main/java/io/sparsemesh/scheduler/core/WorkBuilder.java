package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.Refit;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.contracts.task.AllocateManifest;
import io.sparsemesh.contracts.task.AssembleManifest;
import io.sparsemesh.contracts.task.ReportManifest;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskWork;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/// Makes a task's work from its plan and the outputs of the tasks that it depends on. All orders
/// are the plan's, so the work does not depend on which worker was faster.
final class WorkBuilder {

    private final Job job;
    private final Outputs outputs;

    WorkBuilder(Job job) {
        this.job = job;
        this.outputs = new Outputs(job.tasks());
    }

    /// @throws IllegalStateException if a task that it depends on has not succeeded
    WorkDraft build(PlannedTask planned) {
        return switch (planned) {
            case PlannedTask.Calibrate calibrate -> new WorkDraft.Complete(calibrate(calibrate));
            case PlannedTask.Profile profile -> new WorkDraft.Complete(profile(profile));
            case PlannedTask.Allocate allocate -> new WorkDraft.Allocate(allocate(allocate));
            case PlannedTask.Keep _ -> keep();
            case PlannedTask.Solve solve -> new WorkDraft.Complete(solve(solve));
            case PlannedTask.Assemble assemble ->
                    new WorkDraft.Assemble(assemble(candidate(assemble.candidate())));
            case PlannedTask.Evaluate evaluate -> new WorkDraft.Complete(evaluate(evaluate));
            case PlannedTask.Report report ->
                    new WorkDraft.Report(report(candidate(report.candidate())));
        };
    }

    private Candidate candidate(String name) {
        return job.request().candidate(name);
    }

    private AssembleManifest assemble(Candidate candidate) {
        return new AssembleManifest(
                job.id(),
                job.request().of(candidate),
                outputs.solved(candidate.name()).stream().map(TaskOutput.Solved::weights).toList(),
                outputs.layers(candidate.name()));
    }

    private ReportManifest report(Candidate candidate) {
        return new ReportManifest(
                job.id(),
                job.request().of(candidate),
                outputs.calibrationIds(),
                outputs.layers(candidate.name()),
                outputs.evaluations(candidate),
                outputs.assembled(candidate.name()),
                retryDamping(),
                Choice.result(job.request(), outputs));
    }

    private Double retryDamping() {
        OptionalDouble damping = job.retryDamping();
        return damping.isPresent() ? damping.getAsDouble() : null;
    }

    private TaskWork calibrate(PlannedTask.Calibrate planned) {
        Refit refit = job.request().method().refit();
        return new TaskWork.Calibrate(
                job.request().modelUri(),
                job.request().calibration(),
                planned.shard(),
                planned.shards(),
                planned.from(),
                planned.block(),
                planned.groups(),
                planned.previous().stream().map(id -> calibrated(id).hidden()).toList(),
                planned.solved().stream()
                        .map(id -> outputs.solved(id, planned.candidate()).weights())
                        .toList(),
                job.request().method().experts(),
                refit != null && refit.needsDense() && !planned.dense());
    }

    private TaskWork solve(PlannedTask.Solve planned) {
        List<TaskOutput.Calibrated> shards =
                planned.calibrates().stream().map(this::calibrated).toList();
        return new TaskWork.Solve(
                job.request().modelUri(),
                method(planned).withDamping(job.damping()),
                planned.block(),
                planned.group(),
                planned.linears(),
                shards.stream().map(shard -> gram(shard, planned, planned.group())).toList(),
                shards.stream().mapToLong(TaskOutput.Calibrated::sequences).sum(),
                shards.stream().mapToLong(TaskOutput.Calibrated::tokens).sum(),
                planned.allocation() == null
                        ? null
                        : outputs.of(planned.allocation(), TaskOutput.Allocated.class).shares());
    }

    private TaskWork profile(PlannedTask.Profile planned) {
        List<TaskOutput.Calibrated> shards =
                planned.dependsOn().stream().map(this::calibrated).toList();
        return new TaskWork.Profile(
                job.request().modelUri(),
                job.request().method().withDamping(job.damping()),
                planned.block(),
                planned.parts().stream().map(part -> part(part, planned, shards)).toList(),
                shards.stream().mapToLong(TaskOutput.Calibrated::sequences).sum(),
                shards.stream().mapToLong(TaskOutput.Calibrated::tokens).sum());
    }

    private static TaskWork.Part part(
            PlannedTask.Part part, PlannedTask planned, List<TaskOutput.Calibrated> shards) {
        return new TaskWork.Part(
                part.group(),
                part.linears(),
                shards.stream().map(shard -> gram(shard, planned, part.group())).toList());
    }

    /// A block's profiles lie together, whether one task made them or several.
    private AllocateManifest allocate(PlannedTask.Allocate planned) {
        Map<Integer, List<TaskOutput.LinearProfile>> blocks = new TreeMap<>();
        for (TaskId id : planned.dependsOn()) {
            int block = ((PlannedTask.Profile) job.tasks().get(id).planned()).block();
            blocks.computeIfAbsent(block, _ -> new ArrayList<>())
                    .addAll(outputs.of(id, TaskOutput.Profiled.class).linears());
        }
        Method method = job.request().method();
        return new AllocateManifest(
                method.allocation(),
                method.target().target(),
                blocks.entrySet().stream()
                        .map(e -> new AllocateManifest.Block(e.getKey(), e.getValue()))
                        .toList());
    }

    private WorkDraft keep() {
        Choice choice = Choice.of(job.request(), outputs);
        return new WorkDraft.Keep(
                job.request().output(),
                choice.kept(),
                job.request().method().candidates().stream()
                        .map(Candidate::name)
                        .filter(name -> !name.equals(choice.kept()))
                        .map(name -> outputs.assembled(name).outputUri())
                        .toList(),
                outputs.assembled(choice.kept()));
    }

    /// With the one target of a candidate that is solved by itself.
    private Method method(PlannedTask.Solve planned) {
        return planned.candidates().size() == 1
                ? job.request().of(candidate(planned.candidates().getFirst())).method()
                : job.request().method();
    }

    private static ArtifactRef gram(
            TaskOutput.Calibrated shard, PlannedTask planned, String group) {
        ArtifactRef gram = shard.grams().get(group);
        if (gram == null) {
            throw new IllegalStateException(
                    "%s: expected a Gram matrix of group %s, found %s"
                            .formatted(planned.id(), group, shard.grams().keySet()));
        }
        return gram;
    }

    private TaskWork evaluate(PlannedTask.Evaluate planned) {
        Evaluation evaluation = job.request().evaluation();
        boolean dense = planned.variant().equals("dense") || planned.throughBlock() != null;
        boolean perplexity = planned.suite().equals("perplexity");
        return new TaskWork.Evaluate(
                planned.variant(),
                dense
                        ? job.request().modelUri()
                        : outputs.assembled(planned.candidate()).outputUri(),
                evaluation.perplexity().stream()
                        .filter(suite -> perplexity && suite.name().equals(planned.task()))
                        .toList(),
                evaluation.tasks().stream()
                        .filter(suite -> !perplexity && suite.name().equals(planned.task()))
                        .toList(),
                planned.slice(),
                planned.slices(),
                planned.throughBlock() == null
                        ? null
                        : new TaskWork.FirstBlocks(
                                outputs.assembled(planned.candidate()).outputUri(),
                                planned.throughBlock() + 1));
    }

    private TaskOutput.Calibrated calibrated(TaskId id) {
        return outputs.of(id, TaskOutput.Calibrated.class);
    }
}
