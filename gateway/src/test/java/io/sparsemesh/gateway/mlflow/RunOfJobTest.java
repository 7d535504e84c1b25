package io.sparsemesh.gateway.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.gateway.access.Tenant;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunOfJobTest {

    private static final String JOB =
            """
            {"id": "j1", "state": "SUCCEEDED", "stateReason": "done", "createdAt": "2026-03-01T12:00:00Z",
             "startedAt": "2026-03-01T12:00:05Z", "finishedAt": "2026-03-01T12:01:00.500Z",
             "request": {
               "model": {"uri": "file:///models/opt-125m/", "revision": "main"},
               "method": {"name": "sparsegpt", "targets": [{"sparsity": 0.5}, {"pattern": "2:4"}],
                          "include": ["re:.*", "x"], "quantization": null, "exclude": []},
               "evaluation": {"perplexity": [{"name": "wiki", "uri": "file:///w"}]},
               "labels": {"team (a)": "b"}},
             "result": {"outputUri": "file:///out", "sha256": "ab", "sparsity": null, "degraded": ["x"],
                        "candidates": [{"name": "s50", "sparsity": 0.5}]}}
            """;

    private static JsonNode tree(String json) {
        try {
            return TrackingServer.JSON.readTree(json);
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Run run(JsonNode job, List<String> layers, List<String> evaluations) {
        JobDocuments.Document document =
                new JobDocuments.Document(
                        new Tenant("t"),
                        job,
                        layers.stream().map(RunOfJobTest::tree).toList(),
                        evaluations.stream().map(RunOfJobTest::tree).toList());
        return new RunOfJob(document, Optional.of(URI.create("https://s/"))).run(7);
    }

    private static Run run() {
        return run(tree(JOB), List.of(), List.of());
    }

    @Test
    void aRunIsNamedByModelAndJobAndLastsAsLong() {
        assertThat(run().name()).isEqualTo("opt-125m j1");
        assertThat(run().end()).isEqualTo("j1-7");
        assertThat(run().startedAt()).isEqualTo(Instant.parse("2026-03-01T12:00:05Z"));
        assertThat(run().metrics()).contains(new Run.Metric("seconds", 55.5, 0));
    }

    @Test
    void parametersAreTheRequestsValuesByTheirPaths() {
        assertThat(run().params())
                .containsOnlyKeys(
                        "model.uri",
                        "model.revision",
                        "method.name",
                        "method.targets.0.sparsity",
                        "method.targets.1.pattern",
                        "method.include",
                        "method.exclude",
                        "evaluation.perplexity.0.name",
                        "evaluation.perplexity.0.uri")
                .containsEntry("method.targets.1.pattern", "2:4")
                .containsEntry("method.include", "[\"re:.*\",\"x\"]")
                .containsEntry("method.exclude", "[]");
    }

    @Test
    void tagsSayWhereTheOutputIs() {
        assertThat(run().tags())
                .containsEntry("sparsemesh.tenant", "t")
                .containsEntry("sparsemesh.label.team _a_", "b")
                .containsEntry("sparsemesh.output", "file:///out")
                .containsEntry("sparsemesh.output.sha256", "ab")
                .containsEntry("sparsemesh.degraded", "1")
                .containsEntry("sparsemesh.link", "https://s/#/jobs/j1")
                .containsEntry("sparsemesh.files", "https://s/v1/jobs/j1/artifacts");
    }

    @Test
    void aFailedJobHasNoOutput() {
        ObjectNode job = (ObjectNode) tree(JOB);
        job.putNull("result").put("state", "FAILED").putNull("startedAt");

        Run run = run(job, List.of(), List.of());

        assertThat(run.status()).isEqualTo(Run.Status.FAILED);
        assertThat(run.startedAt()).isEqualTo(Instant.parse("2026-03-01T12:00:00Z"));
        assertThat(run.tags()).doesNotContainKeys("sparsemesh.output", "sparsemesh.files");
        assertThat(run.metrics()).containsExactly(new Run.Metric("seconds", 60.5, 0));
    }

    @Test
    void whatHasNotEndedIsNoRun() {
        ObjectNode job = ((ObjectNode) tree(JOB)).put("state", "PRUNING");

        assertThatThrownBy(() -> run(job, List.of(), List.of())).hasMessage("not an end: PRUNING");
    }

    @Test
    void measurementsAreMetricsAndThoseAfterEachBlockACurve() {
        String measured =
                "{\"task\": \"wiki\", \"variant\": \"%s\", \"state\": \"%s\", \"metrics\": {\"perplexity\": %s}}";

        Run run =
                run(
                        tree(JOB),
                        List.of(),
                        List.of(
                                measured.formatted("dense", "SUCCEEDED", "5.5"),
                                measured.formatted("s50", "SUCCEEDED", "6"),
                                measured.formatted("pruned-b003", "SUCCEEDED", "5.75"),
                                measured.formatted("pruned", "STOPPED", "9")));

        assertThat(run.metrics())
                .containsExactly(
                        new Run.Metric("seconds", 55.5, 0),
                        new Run.Metric("s50/sparsity", 0.5, 0),
                        new Run.Metric("dense/wiki/perplexity", 5.5, 0),
                        new Run.Metric("s50/wiki/perplexity", 6, 0),
                        new Run.Metric("pruned-blocks/wiki/perplexity", 5.75, 3));
    }

    @Test
    void linearsAreCurvesOverTheBlocks() {
        String layer =
                "{\"name\": \"model.layers.12.mlp.up_proj\", \"block\": 12, \"relativeError\": 0.25, \"sparsity\": %s}";

        Run run =
                run(tree(JOB), List.of(layer.formatted("0.5"), layer.formatted("null")), List.of());

        assertThat(run.metrics())
                .endsWith(
                        new Run.Metric("relative_error/mlp.up_proj", 0.25, 12),
                        new Run.Metric("layer_sparsity/mlp.up_proj", 0.5, 12),
                        new Run.Metric("relative_error/mlp.up_proj", 0.25, 12));
    }

    @ParameterizedTest
    @CsvSource({
        "transformer.h.3.attn.c_attn, 3, attn.c_attn",
        "s50/model.layers.0.self_attn.q_proj, 0, s50/self_attn.q_proj",
        "model.layers.1.mlp.experts.1.w1, 1, mlp.experts.1.w1",
        "odd_name, 0, odd_name",
    })
    void aLinearIsNamedWithinItsBlock(String name, long block, String expected) {
        assertThat(RunOfJob.linear(name, block)).isEqualTo(expected);
    }

    @Test
    void longValuesAreCut() {
        ObjectNode job = (ObjectNode) tree(JOB);
        ((ObjectNode) job.at("/request/model")).put("uri", "x".repeat(501));

        assertThat(run(job, List.of(), List.of()).params().get("model.uri"))
                .hasSize(500)
                .endsWith("x…");
    }
}
