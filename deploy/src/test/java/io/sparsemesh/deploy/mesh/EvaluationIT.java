package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How jobs say what they are calibrated and measured with, from the request to the report; with
/// the demo's model.
class EvaluationIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DEMO = TestMesh.ROOT.resolve("deploy/demo");
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final String FORMAT =
            """
            {"kind": "choice", "context": "{{query}}", "choicesFrom": "choices",
             "gold": {"field": "gold"}}""";

    @TempDir static Path home;
    private static TestMesh mesh;

    @BeforeAll
    static void start() throws IOException {
        mesh = TestMesh.start(home, 1, 1, List.of(DEMO));
    }

    @AfterAll
    static void stop() {
        if (mesh != null) {
            mesh.close();
        }
    }

    private static String uri(String file) {
        return DEMO.resolve(file).toUri().toString();
    }

    private JsonNode run(ObjectNode request) throws Exception {
        return mesh.client.await(mesh.client.submit(request), PATIENCE);
    }

    @Test
    void everyKindOfDataComesFromTheRequestIntoTheReport() throws Exception {
        // Given
        Path format = Files.writeString(home.resolve("format.json"), FORMAT);
        Path output = home.resolve("mixed");
        ObjectNode request = JobJson.magnitude(DEMO.resolve("valley-opt"), "0.5", output);
        ((ObjectNode) request.get("method")).put("name", "sparsegpt");
        request.set(
                "calibration",
                JSON.readTree(
                        """
                        {"sources": [{"uri": "%s", "weight": 3}, {"uri": "%s"}],
                         "samples": 8, "sequenceLength": 64, "seed": 7}"""
                                .formatted(uri("calibration.txt"), uri("cloze.jsonl"))));
        request.set(
                "evaluation",
                JSON.readTree(
                        """
                        {"dense": true, "maxPerplexityRatio": 100, "perBlock": true,
                         "perplexity": [
                           {"name": "paper", "uri": "%1$s", "sequenceLength": 100},
                           {"name": "pages", "uri": "%1$s", "protocol": "lm-eval"}],
                         "tasks": [
                           {"name": "facts", "uri": "%2$s"},
                           {"name": "templated", "uri": "%2$s", "format": "%3$s"}]}"""
                                .formatted(
                                        uri("cloze.jsonl"), uri("facts.jsonl"), format.toUri())));

        // When
        JsonNode job = run(request);

        // Then
        assertThat(job.get("state").asText()).as("%s", job).isEqualTo("SUCCEEDED");
        JsonNode dense = job.get("result").get("dense");
        assertThat(dense.get("paper").get("perplexity").asDouble()).isBetween(5.6, 5.7);
        assertThat(dense.get("pages").get("word_perplexity").asDouble()).isGreaterThan(1);
        assertThat(dense.get("pages").has("bits_per_byte")).isTrue();
        assertThat(dense.get("templated")).isEqualTo(dense.get("facts"));
        JsonNode report = JSON.readTree(output.resolve("sparsemesh-report.json").toFile());
        assertThat(report.at("/calibration/sha256").asText()).hasSize(64);
        assertThat(report.at("/request/calibration/sources/0/weight").asDouble()).isEqualTo(3);
        assertThat(report.at("/request/evaluation/tasks/1/format/choicesFrom").asText())
                .isEqualTo("choices");
        // Four suites on two models, two suites after each of four blocks.
        assertThat(report.get("evaluations")).hasSize(16);
        // The same model; its windows were put together in other slices.
        assertThat(perplexity(report, "pruned-b003"))
                .isCloseTo(perplexity(report, "pruned"), within(1e-6));
        assertThat(perplexity(report, "pruned-b000"))
                .isNotCloseTo(perplexity(report, "pruned"), within(1e-4))
                .isBetween(5.0, 6.0);
        // What the report says is a request again.
        ((ObjectNode) report.get("request").get("output"))
                .put("uri", home.resolve("again").toUri().toString());
        assertThat(
                        mesh.client
                                .post(
                                        "/v1/jobs?validateOnly=true",
                                        report.get("request").toString())
                                .statusCode())
                .isEqualTo(200);
    }

    private static double perplexity(JsonNode report, String variant) {
        for (JsonNode evaluation : report.get("evaluations")) {
            if (evaluation.get("variant").asText().equals(variant)
                    && evaluation.get("task").asText().equals("paper")) {
                return evaluation.at("/metrics/perplexity").asDouble();
            }
        }
        throw new AssertionError(variant + " is not in the report");
    }

    private static ObjectNode hopeless(String policy) throws IOException {
        ObjectNode request =
                JobJson.magnitude(
                        DEMO.resolve("valley-opt"), "0.95", home.resolve("hopeless-" + policy));
        JobJson.withPerplexity(request, DEMO.resolve("ids.safetensors"), 256, true);
        ((ObjectNode) request.get("evaluation"))
                .put("maxPerplexityRatio", 2)
                .set(
                        "tasks",
                        JSON.readTree(
                                "[{\"name\": \"facts\", \"uri\": \"%s\"}]"
                                        .formatted(uri("facts.jsonl"))));
        request.put("onFallback", policy);
        return request;
    }

    @Test
    void jobWhoseQualityBrokeEndsDegradedAndSaysWhere() throws Exception {
        JsonNode job = run(hopeless("degrade"));

        assertThat(job.get("state").asText()).as("%s", job).isEqualTo("DEGRADED");
        assertThat(job.get("stateReason").asText())
                .matches(
                        "test: perplexity [0-9.e+]+ of the pruned model is [0-9.e+]+ times the dense"
                                + " model's 2\\.179, expected at most 2\\.0 times"
                                + " \\(evaluation\\.maxPerplexityRatio\\)");
        assertThat(home.resolve("hopeless-degrade/sparsemesh-report.json")).exists();
        assertThat(job.at("/result/pruned/test/perplexity").asDouble()).isGreaterThan(2 * 2.179);
    }

    @Test
    void jobThatMayNotDegradeFails() throws Exception {
        JsonNode job = run(hopeless("fail"));

        assertThat(job.get("state").asText()).as("%s", job).isEqualTo("FAILED");
        assertThat(job.at("/error/code").asText()).isEqualTo("QUALITY");
        assertThat(job.at("/error/message").asText()).startsWith("test: perplexity ");
    }
}
