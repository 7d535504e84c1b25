package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.evaluation.EvaluationResult;
import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.AllocationResult;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.task.TaskOutput;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Which of an allocated job's two checkpoints stays: the one of lower perplexity on the first
/// suite of the request; of equal ones the uniform.
///
/// @param allocated name of the candidate that was asked for
/// @param suite that decides
/// @param perplexity of each candidate; by word, if the suite measures so
record Choice(String allocated, String suite, Map<String, Double> perplexity) {

    /// @throws IllegalStateException if a candidate has not been measured to the end
    static Choice of(JobRequest request, Outputs outputs) {
        String suite = request.evaluation().perplexity().getFirst().name();
        List<Candidate> candidates = request.method().candidates();
        Map<String, Double> perplexity = new TreeMap<>();
        for (Candidate candidate : candidates) {
            perplexity.put(candidate.name(), measured(candidate, suite, outputs));
        }
        return new Choice(request.method().allocation().text(), suite, perplexity);
    }

    private static double measured(Candidate candidate, String suite, Outputs outputs) {
        Outputs.Suite wanted = new Outputs.Suite(candidate.variant(), "perplexity", suite);
        return outputs.evaluation(wanted)
                .filter(result -> result.slicesDone() == result.slices())
                .map(EvaluationResult::metrics)
                .map(m -> m.getOrDefault("perplexity", m.get("word_perplexity")))
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "%s of %s: expected it measured, found some or none of its slices"
                                                .formatted(suite, candidate.variant())));
    }

    /// What is not a number counts as worse than any number.
    String kept() {
        return Double.compare(perplexity.get(allocated), uniform()) < 0
                ? allocated
                : Allocation.UNIFORM.text();
    }

    private double uniform() {
        return perplexity.get(Allocation.UNIFORM.text());
    }

    private String reason() {
        double other = perplexity.get(allocated);
        String how = other < uniform() ? "below" : other == uniform() ? "no better than" : "above";
        return "%s: perplexity %s of %s is %s uniform's %s"
                .formatted(suite, text(other), allocated, how, text(uniform()));
    }

    private static String text(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }

    /// What came of a job's allocation, once its checkpoint is kept; null if it asks for none.
    static AllocationResult result(JobRequest request, Outputs outputs) {
        if (!request.method().isAllocated()) {
            return null;
        }
        Choice choice = of(request, outputs);
        TaskOutput.Allocated allocated = outputs.allocated();
        return new AllocationResult(
                request.method().allocation(),
                choice.kept(),
                choice.reason(),
                choice.suite(),
                choice.perplexity(),
                allocated.predictedErrors(),
                allocated.blocks());
    }
}
