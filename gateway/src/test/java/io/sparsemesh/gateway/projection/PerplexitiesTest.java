package io.sparsemesh.gateway.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.evaluation.EvaluationResult;
import io.sparsemesh.contracts.event.EvaluationUpdated;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which results become a metric, and under which labels.
class PerplexitiesTest {

    private static final String NAME = "sparsemesh.perplexity";

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Perplexities perplexities = new Perplexities(registry);

    private void record(
            String suite, String task, String variant, Map<String, Double> metrics, int done) {
        EvaluationResult result = new EvaluationResult(suite, task, variant, metrics, 10, done, 2);
        perplexities.record(new EvaluationUpdated(new JobId("j"), 1, Instant.EPOCH, result));
    }

    private List<DistributionSummary> series() {
        Collection<DistributionSummary> found = registry.find(NAME).summaries();
        return List.copyOf(found);
    }

    @Test
    void aResultCountsWhenItsLastSliceIsDone() {
        record("perplexity", "ptb", "dense", Map.of("perplexity", 30.0), 1);
        assertThat(series()).isEmpty();

        record("perplexity", "ptb", "dense", Map.of("perplexity", 31.0), 2);

        DistributionSummary dense =
                registry.get(NAME).tags("suite", "ptb", "variant", "dense").summary();
        assertThat(dense.count()).isEqualTo(1);
        assertThat(dense.totalAmount()).isEqualTo(31.0);
    }

    @ParameterizedTest
    @CsvSource({
        "wikitext2, dense, wikitext2, dense",
        "c4, pruned, c4, pruned",
        "my-own-text, pruned, other, pruned",
        "C4, s50, other, candidate",
        "wikitext2, budget, wikitext2, candidate"
    })
    void namesThatUsersChoseAreBounded(String task, String variant, String suite, String label) {
        record("perplexity", task, variant, Map.of("perplexity", 12.0), 2);

        assertThat(series())
                .singleElement()
                .satisfies(
                        found -> {
                            assertThat(found.getId().getTag("suite")).isEqualTo(suite);
                            assertThat(found.getId().getTag("variant")).isEqualTo(label);
                            assertThat(found.getId().getTag("per")).isEqualTo("token");
                        });
    }

    @Test
    void aPerplexityByWordIsAnotherSeriesThanOneByToken() {
        record(
                "perplexity",
                "c4",
                "dense",
                Map.of("word_perplexity", 60.0, "byte_perplexity", 2.0),
                2);

        assertThat(series())
                .singleElement()
                .satisfies(found -> assertThat(found.getId().getTag("per")).isEqualTo("word"));
    }

    @Test
    void whatIsNoQualityOfACheckpointDoesNotCount() {
        record("zero-shot", "lambada", "pruned", Map.of("perplexity", 9.0), 2);
        record("perplexity", "c4", "pruned-b003", Map.of("perplexity", 9.0), 2);
        record("perplexity", "c4", "pruned", Map.of("perplexity", Double.POSITIVE_INFINITY), 2);
        record("perplexity", "c4", "pruned", Map.of(), 2);

        assertThat(series()).isEmpty();
    }
}
