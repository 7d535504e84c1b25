package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.verify.FolderVerifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Jobs that make several checkpoints, through a whole mesh: a sweep, which keeps them all, and a
/// budget, which keeps the better one.
class CandidatesIT {

    private static final Path DEMO = TestMesh.ROOT.resolve("deploy/demo");
    private static final Path IDS = DEMO.resolve("ids.safetensors");
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final List<String> TARGETS = List.of("0.5", "0.7", "2:4");
    private static final List<String> NAMES = List.of("s50", "s70", "2of4");

    @TempDir static Path home;
    private static TestMesh mesh;

    @BeforeAll
    static void start() throws IOException {
        mesh = TestMesh.start(home, 2, 1, List.of(DEMO));
    }

    @AfterAll
    static void stop() {
        if (mesh != null) {
            mesh.close();
        }
    }

    private static ObjectNode request(String target, Path output) {
        ObjectNode request =
                JobJson.sparsegpt(DEMO.resolve("valley-opt"), target, IDS, 8, 256, output);
        ((ObjectNode) request.get("method")).put("propagation", "dense");
        return JobJson.withPerplexity(request, IDS, 256, true);
    }

    private static JsonNode run(ObjectNode request) throws Exception {
        JsonNode job = mesh.client.await(mesh.client.submit(request), LIMIT);
        assertThat(job.get("state").asText()).as("%s", job).isEqualTo("SUCCEEDED");
        return job.get("result");
    }

    private static Stream<String> texts(JsonNode list, String field) {
        return StreamSupport.stream(list.spliterator(), false).map(e -> e.get(field).asText());
    }

    @Test
    void aBudgetKeepsTheBetterCheckpointAlone() throws Exception {
        // Given
        Path parent = Files.createDirectories(home.resolve("budget"));
        Path output = parent.resolve("out");
        ObjectNode request = request("0.7", output);
        ((ObjectNode) request.get("method")).put("allocation", "budget");

        // When
        JsonNode result = run(request);

        // Then
        System.out.println("budget: " + result);
        JsonNode allocation = result.get("allocation");
        double budget = allocation.at("/perplexity/budget").asDouble();
        double uniform = allocation.at("/perplexity/uniform").asDouble();
        String kept = budget < uniform ? "budget" : "uniform";
        assertThat(allocation.get("kept").asText()).isEqualTo(kept);
        assertThat(allocation.get("reason").asText()).startsWith("test: perplexity");
        assertThat(allocation.at("/predictedErrors/budget").asDouble())
                .isLessThan(allocation.at("/predictedErrors/uniform").asDouble());
        assertThat(allocation.get("blocks")).hasSize(4);
        assertThat(result.at("/pruned/test/perplexity").asDouble())
                .isEqualTo(Math.min(budget, uniform));
        assertThat(result.get("sparsity").asDouble()).isCloseTo(0.7, within(0.005));
        assertThat(result.get("outputUri").asText())
                .isEqualTo(output.toUri().toString().replaceAll("/$", ""));
        try (Stream<Path> entries = Files.list(parent)) {
            assertThat(entries).containsExactly(output);
        }
        FolderVerifier.Outcome outcome = FolderVerifier.verify(output);
        assertThat(outcome.findings()).isEmpty();
        assertThat(outcome.layers()).isEqualTo(24);
        JsonNode report =
                new ObjectMapper().readTree(output.resolve("sparsemesh-report.json").toFile());
        assertThat(report.get("allocation")).isEqualTo(allocation);
        assertThat(report.at("/request/method/allocation").asText()).isEqualTo("budget");
        assertThat(texts(report.get("evaluations"), "variant"))
                .contains("dense", "budget", "uniform", "pruned");
        Path alone = home.resolve("uniform-alone");
        JsonNode single = run(request("0.7", alone));
        assertThat(single.at("/pruned/test/perplexity").asDouble()).isEqualTo(uniform);
    }

    @Test
    void aSweepMakesWhatSingleJobsMake() throws Exception {
        // Given
        Path output = home.resolve("sweep");
        ObjectNode request = request("0.5", output);
        ObjectNode method = (ObjectNode) request.get("method");
        method.remove("sparsity");
        ArrayNode targets = method.putArray("targets");
        targets.addObject().put("sparsity", 0.5);
        targets.addObject().put("sparsity", 0.7);
        targets.addObject().put("pattern", "2:4");

        // When
        JsonNode result = run(request);

        // Then
        System.out.println("sweep: " + result);
        assertThat(result.get("shared").asText()).isEqualTo("all calibration and factors");
        assertThat(texts(result.get("candidates"), "name")).containsExactlyElementsOf(NAMES);
        assertThat(texts(result.get("curve"), "name"))
                .containsExactlyInAnyOrder("dense", "s50", "s70", "2of4")
                .startsWith("dense");
        for (int i = 0; i < NAMES.size(); i++) {
            Path single = home.resolve("single-" + NAMES.get(i));
            JsonNode alone = run(request(TARGETS.get(i), single));
            Map<String, String> digests = OutputFiles.digests(single);
            assertThat(OutputFiles.digests(output.resolve(NAMES.get(i))))
                    .containsKey("model.safetensors")
                    .isEqualTo(digests);
            JsonNode candidate = result.get("candidates").get(i);
            assertThat(candidate.get("sha256")).isEqualTo(alone.get("sha256"));
            assertThat(candidate.get("pruned")).isEqualTo(alone.get("pruned"));
            assertThat(FolderVerifier.verify(output.resolve(NAMES.get(i))).findings()).isEmpty();
        }
    }
}
