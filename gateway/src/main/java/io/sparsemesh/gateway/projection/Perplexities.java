package io.sparsemesh.gateway.projection;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.sparsemesh.contracts.evaluation.EvaluationResult;
import io.sparsemesh.contracts.event.EvaluationUpdated;
import io.sparsemesh.contracts.event.JobEvent;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Perplexities of the models that jobs made, each once, when its last slice is measured.
///
/// A histogram: of many jobs, of different models, the newest value says nothing, and a mean is
/// that of the one model that broke. Suites and variants have names that users chose; as labels
/// they are bounded here, so that no request can make a series of its own.
@ApplicationScoped
class Perplexities {

    /// What people measure on, by the names that the documents use.
    private static final Set<String> SUITES =
            Set.of("wikitext", "wikitext2", "wikitext103", "ptb", "c4");

    /// A model that is pruned up to one of its blocks: no checkpoint, and no quality of one.
    private static final Pattern UP_TO_BLOCK = Pattern.compile(".*-b\\d{3,}");

    /// What the metrics of a result are per.
    private static final Map<String, String> UNITS =
            Map.of("perplexity", "token", "word_perplexity", "word");

    /// Perplexities of good models lie between 5 and 30, of broken ones anywhere.
    private static final double[] BOUNDS = {
        3, 5, 7, 10, 14, 20, 30, 50, 100, 300, 1_000, 10_000, 100_000
    };

    private final MeterRegistry registry;

    Perplexities(MeterRegistry registry) {
        this.registry = registry;
    }

    /// Takes note of an event that changed a view.
    void record(JobEvent event) {
        if (event instanceof EvaluationUpdated updated && isFinal(updated.evaluation())) {
            EvaluationResult result = updated.evaluation();
            UNITS.forEach(
                    (metric, unit) -> value(result, metric).ifPresent(v -> add(result, unit, v)));
        }
    }

    private static boolean isFinal(EvaluationResult result) {
        return result.suite().equals("perplexity")
                && result.slicesDone() == result.slices()
                && !UP_TO_BLOCK.matcher(result.variant()).matches();
    }

    /// An infinite one would make the sum of all useless.
    private static Optional<Double> value(EvaluationResult result, String metric) {
        return Optional.ofNullable(result.metrics().get(metric)).filter(Double::isFinite);
    }

    private void add(EvaluationResult result, String unit, double perplexity) {
        DistributionSummary.builder("sparsemesh.perplexity")
                .description("Perplexity of models that jobs measured to the end")
                .tag("suite", suite(result.task()))
                .tag("variant", variant(result.variant()))
                .tag("per", unit)
                .serviceLevelObjectives(BOUNDS)
                .register(registry)
                .record(perplexity);
    }

    static String suite(String name) {
        return SUITES.contains(name) ? name : "other";
    }

    /// Those of a sweep or an allocation are all called `candidate`.
    static String variant(String name) {
        return switch (name) {
            case "dense", "pruned" -> name;
            default -> "candidate";
        };
    }
}
