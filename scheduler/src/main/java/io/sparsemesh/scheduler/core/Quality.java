package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.evaluation.EvaluationResult;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.task.TaskOutput.LayerReport;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// A suite on which the pruned model is so much worse than the dense one that measuring on is of no
/// use. Only suites that both models have been measured on to the end count, so what is found does
/// not depend on which evaluator was faster.
///
/// @param candidate the pruned model
/// @param dense perplexity of the dense model; by word, if the suite measures so
/// @param pruned perplexity of the pruned model
/// @param limit how many times `dense` it may be
/// @param worst the linear with the largest error of its output, if errors are known
record Quality(
        Candidate candidate,
        String suite,
        double dense,
        double pruned,
        double limit,
        Optional<LayerReport> worst) {

    private static final String PERPLEXITY = "perplexity";

    /// The first suite of the request whose limit the candidate breaks; none without a limit.
    static Optional<Quality> broken(JobRequest request, Candidate candidate, Outputs outputs) {
        Double limit = request.evaluation().maxPerplexityRatio();
        if (limit == null) {
            return Optional.empty();
        }
        return request.evaluation().perplexity().stream()
                .flatMap(suite -> compared(suite, candidate, limit, outputs).stream())
                .filter(Quality::isBroken)
                .findFirst();
    }

    private static Optional<Quality> compared(
            Evaluation.Perplexity suite, Candidate candidate, double limit, Outputs outputs) {
        Optional<Double> dense = measured("dense", suite.name(), outputs);
        Optional<Double> pruned = measured(candidate.variant(), suite.name(), outputs);
        if (dense.isEmpty() || pruned.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new Quality(
                        candidate,
                        suite.name(),
                        dense.get(),
                        pruned.get(),
                        limit,
                        worst(candidate, outputs)));
    }

    private static Optional<Double> measured(String variant, String suite, Outputs outputs) {
        return outputs.evaluation(new Outputs.Suite(variant, PERPLEXITY, suite))
                .filter(result -> result.slicesDone() == result.slices())
                .flatMap(Quality::perplexity);
    }

    private static Optional<Double> perplexity(EvaluationResult result) {
        return Stream.of(PERPLEXITY, "word_perplexity")
                .filter(result.metrics()::containsKey)
                .map(result.metrics()::get)
                .findFirst();
    }

    private static Optional<LayerReport> worst(Candidate candidate, Outputs outputs) {
        return outputs.layers(candidate.name()).stream()
                .filter(layer -> layer.relativeError() != null)
                .max(Comparator.comparingDouble(LayerReport::relativeError));
    }

    private double ratio() {
        return pruned / dense;
    }

    /// What is not a number is no quality either.
    private boolean isBroken() {
        return !(ratio() <= limit);
    }

    /// For people: the suite, both perplexities, their ratio, the limit, and the worst linear.
    String reason() {
        String where =
                worst.map(
                                layer ->
                                        "; the largest relative error of a layer is %s, in %s"
                                                .formatted(
                                                        text(layer.relativeError()), layer.name()))
                        .orElse("");
        return "%s: perplexity %s of the %s model is %s times the dense model's %s, expected at"
                        .formatted(
                                suite,
                                text(pruned),
                                candidate.variant(),
                                text(ratio()),
                                text(dense))
                + " most %s times (evaluation.maxPerplexityRatio)%s".formatted(limit, where);
    }

    private static String text(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }
}
