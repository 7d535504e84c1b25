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

    private static final TaskId KEEP = new TaskId("keep");

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
        if (request.method().isAllocated()) {
            planChoice();
        }
        planEvaluation();
        return tasks;
    }

    /// The candidates are compared, and the better one becomes the only checkpoint.
    private void planChoice() {
        Evaluation.Perplexity suite = deciding();
        List<TaskId> compared = new ArrayList<>();
        for (Candidate candidate : request.method().candidates()) {
            TaskId assemble = assemble(candidate);
            compared.add(assemble);
            Variant variant = new Variant(candidate.variant(), candidate.name(), List.of(assemble));
            planSuite(variant, "perplexity", suite.name(), compared);
        }
        tasks.add(new PlannedTask.Keep(KEEP, suite.name(), compared));
    }

    /// The suite that the candidates are compared by.
    private Evaluation.Perplexity deciding() {
        if (request.evaluation().perplexity().isEmpty()) {
            throw new PlanException(
                    "/method/allocation",
                    "an allocation is compared with uniform by measured perplexity; give evaluation.perplexity");
        }
        return request.evaluation().perplexity().getFirst();
    }

    /// Makes the checkpoint.
    private TaskId made(Candidate checkpoint) {
        return request.method().isAllocated() ? KEEP : assemble(checkpoint);
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
        for (Candidate checkpoint : request.method().checkpoints()) {
            planEvaluation(checkpoint, dense);
        }
    }

    private void planEvaluation(Candidate candidate, List<TaskId> dense) {
        TaskId made = made(candidate);
        List<TaskId> measured = new ArrayList<>();
        measured.add(made);
        measured.addAll(dense);
        planVariant(new Variant(candidate.variant(), candidate.name(), List.of(made)), measured);
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
            if (!isMeasured(variant, suite)) {
                planSuite(variant, "perplexity", suite.name(), measured);
            }
        }
        for (Evaluation.ZeroShot suite : request.evaluation().tasks()) {
            planSuite(variant, "zero-shot", suite.name(), measured);
        }
    }

    /// Whether the suite chose the checkpoint, so that its figures are known.
    private boolean isMeasured(Variant variant, Evaluation.Perplexity suite) {
        return variant.dependsOn().contains(KEEP) && suite.equals(deciding());
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
                            List.of(made(candidate)),
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
