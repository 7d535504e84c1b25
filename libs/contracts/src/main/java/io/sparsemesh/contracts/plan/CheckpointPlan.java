package io.sparsemesh.contracts.plan;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.plan.JobPlan.SelectedLinear;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What is done once the layers are solved: each candidate's checkpoint is assembled, measured and
/// reported.
final class CheckpointPlan {

    /// Slices of each evaluation suite.
    static final int SLICES = 4;

    private final JobRequest request;
    private final List<SelectedLinear> linears;
    private final List<PlannedTask> tasks = new ArrayList<>();

    /// @param linears that are pruned, in block order
    CheckpointPlan(JobRequest request, List<SelectedLinear> linears) {
        this.request = request;
        this.linears = linears;
    }

    /// @param solves by candidate, in block and group order
    List<PlannedTask> tasks(Map<String, List<TaskId>> solves) {
        for (Candidate candidate : request.method().candidates()) {
            tasks.add(
                    new PlannedTask.Assemble(
                            assemble(candidate), solves.get(candidate.name()), candidate.name()));
        }
        planEvaluation();
        return tasks;
    }

    private static TaskId assemble(Candidate candidate) {
        return named("assemble", candidate);
    }

    private static TaskId named(String task, Candidate candidate) {
        return new TaskId(candidate.name().isEmpty() ? task : task + "-" + candidate.name());
    }

    private void planEvaluation() {
        List<TaskId> dense = new ArrayList<>();
        if (request.evaluation().dense()) {
            planVariant(new Variant("dense", "", List.of()), dense);
        }
        for (Candidate candidate : request.method().candidates()) {
            planEvaluation(candidate, dense);
        }
    }

    private void planEvaluation(Candidate candidate, List<TaskId> dense) {
        TaskId assemble = assemble(candidate);
        List<TaskId> measured = new ArrayList<>();
        measured.add(assemble);
        measured.addAll(dense);
        planVariant(
                new Variant(candidate.variant(), candidate.name(), List.of(assemble)), measured);
        if (request.evaluation().perBlock()) {
            linears.stream()
                    .map(SelectedLinear::block)
                    .distinct()
                    .forEach(block -> planThrough(block, candidate, measured));
        }
        tasks.add(new PlannedTask.Report(named("report", candidate), measured, candidate.name()));
    }

    /// A whole model to be measured.
    private record Variant(String name, String candidate, List<TaskId> dependsOn) {}

    private void planVariant(Variant variant, List<TaskId> measured) {
        for (Evaluation.Perplexity suite : request.evaluation().perplexity()) {
            planSuite(variant, "perplexity", suite.name(), measured);
        }
        for (Evaluation.ZeroShot suite : request.evaluation().tasks()) {
            planSuite(variant, "zero-shot", suite.name(), measured);
        }
    }

    /// The model that is pruned up to a block, on the perplexity suites, each as a whole: the
    /// blocks fan out already.
    private void planThrough(int block, Candidate candidate, List<TaskId> measured) {
        String tag = candidate.name().isEmpty() ? "" : candidate.name() + "-";
        for (Evaluation.Perplexity suite : request.evaluation().perplexity()) {
            TaskId id = new TaskId("evaluate-%sb%03d-%s-0".formatted(tag, block, suite.name()));
            tasks.add(
                    new PlannedTask.Evaluate(
                            id,
                            "%s-b%03d".formatted(candidate.variant(), block),
                            "perplexity",
                            suite.name(),
                            0,
                            1,
                            List.of(assemble(candidate)),
                            block,
                            candidate.name()));
            measured.add(id);
        }
    }

    private void planSuite(Variant variant, String suite, String name, List<TaskId> measured) {
        for (int slice = 0; slice < SLICES; slice++) {
            TaskId id = new TaskId("evaluate-%s-%s-%d".formatted(variant.name(), name, slice));
            tasks.add(
                    new PlannedTask.Evaluate(
                            id,
                            variant.name(),
                            suite,
                            name,
                            slice,
                            SLICES,
                            variant.dependsOn(),
                            null,
                            variant.candidate()));
            measured.add(id);
        }
    }
}
