package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.SafetensorsWriter;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.deploy.command.CommandLines;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// Trouble that is made on purpose, and seen in the job's state, in its layers, in its events and
/// in the exit status of the command line.
class FailLoudIT {

    private static final Path DEMO = TestMesh.ROOT.resolve("deploy/demo/valley-opt");
    private static final Path MIXTRAL =
            TestMesh.ROOT.resolve("libs/engine/src/test/resources/golden/models/mixtral");
    private static final int VOCABULARY = 59;
    private static final long SEED = 3;
    private static final int DONE = 0;
    private static final int USAGE = 2;
    private static final int FAILED = 3;

    @TempDir static Path home;
    private static TestMesh mesh;
    private final StringWriter out = new StringWriter();

    @BeforeAll
    static void start() throws IOException {
        mesh = TestMesh.start(home, 1, 0, List.of(DEMO, MIXTRAL));
    }

    @AfterAll
    static void stop() {
        if (mesh != null) {
            mesh.close();
        }
    }

    /// A job as it is seen from everywhere.
    private record Seen(
            int exit, JsonNode job, List<JsonNode> layers, List<JsonNode> events, String id) {

        String state() {
            return job.get("state").asText();
        }

        List<JsonNode> fallbacks() {
            return layers.stream().filter(l -> !l.path("fallback").asText("").isEmpty()).toList();
        }

        /// The last event of the job's own.
        JsonNode lastChange() {
            return changes().getLast();
        }

        List<JsonNode> changes() {
            return events("job.changed");
        }

        List<JsonNode> events(String type) {
            return events.stream()
                    .filter(e -> e.get("type").asText().equals(type))
                    .map(e -> e.get("data"))
                    .toList();
        }

        /// Messages of tasks that failed for good.
        List<String> failures() {
            return events("task.changed").stream()
                    .filter(e -> e.get("state").asText().equals("FAILED"))
                    .map(e -> e.get("message").asText())
                    .toList();
        }
    }

    /// Submits by the command line and waits there for the end.
    private Seen run(ObjectNode request) throws Exception {
        Path file = Files.createTempFile(home, "request", ".json");
        Files.writeString(file, request.toString());
        int exit = sparsemesh("submit", file.toString(), "--wait", "-o", "json");
        return see(exit, newest().get("id").asText());
    }

    private static Seen see(int exit, String id) throws InterruptedException {
        return new Seen(
                exit, mesh.client.job(id), mesh.client.layers(id), mesh.client.events(id), id);
    }

    private static JsonNode newest() throws InterruptedException {
        return mesh.client.get("/v1/jobs?pageSize=1").get("items").get(0);
    }

    private int sparsemesh(String... arguments) {
        CommandLine line = CommandLines.create();
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(out, true));
        return line.execute(
                Stream.concat(Stream.of(arguments), Stream.of("--url=" + mesh.client.gateway()))
                        .toArray(String[]::new));
    }

    /// Random ids as a tensor `calib`.
    private static Path ids(int vocabulary, int samples, int length) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(samples * length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        new Random(SEED).longs((long) samples * length, 0, vocabulary).forEach(bytes::putLong);
        Path file = Files.createTempFile(home, "ids", ".safetensors");
        Files.delete(file);
        SafetensorsWriter.write(
                file,
                List.of(
                        new TensorSource(
                                "calib",
                                Dtype.I64,
                                List.of((long) samples, (long) length),
                                sink -> sink.write(MemorySegment.ofArray(bytes.array())))),
                Map.of());
        return file;
    }

    private static ObjectNode request(Path model, int vocabulary, int samples, int length)
            throws IOException {
        Path output = Files.createTempDirectory(home, "out");
        return JobJson.sparsegpt(
                model, "0.5", ids(vocabulary, samples, length), samples, length, output);
    }

    private static ObjectNode method(ObjectNode request) {
        return (ObjectNode) request.get("method");
    }

    /// 256 tokens: fewer than the 768 inputs of the last layers, more than the others' 192. With
    /// next to no damping the last ones' Gram matrices have no factor.
    private static ObjectNode almostUndamped() throws IOException {
        ObjectNode request = request(DEMO, 1500, 4, 64);
        method(request).put("damping", 1e-6);
        return request;
    }

    @Test
    void theDampingLadderDegradesTheJobAndNamesTheLayers() throws Exception {
        // When
        Seen seen = run(almostUndamped());

        // Then
        assertThat(seen.exit).isEqualTo(DONE);
        assertThat(seen.state()).as("%s", seen.job).isEqualTo("DEGRADED");
        assertThat(seen.fallbacks())
                .isNotEmpty()
                .allMatch(l -> l.get("dampingUsed").asDouble() > 1e-6)
                .allMatch(l -> l.get("fallback").asText().startsWith("damping "));
        assertThat(names(seen.fallbacks())).isEqualTo(degraded(seen.job));
        assertThat(seen.job.get("stateReason").asText())
                .isEqualTo(
                        "%d layers needed a fallback, such as %s"
                                .formatted(
                                        seen.fallbacks().size(),
                                        names(seen.fallbacks()).getFirst()));
        assertThat(seen.lastChange().get("state").asText()).isEqualTo("DEGRADED");
        assertThat(seen.lastChange().get("reason")).isEqualTo(seen.job.get("stateReason"));
    }

    private static List<String> names(List<JsonNode> layers) {
        return layers.stream().map(l -> l.get("name").asText()).toList();
    }

    private static List<String> degraded(JsonNode job) {
        return StreamSupport.stream(job.at("/result/degraded").spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    @Test
    void aForbiddenFallbackFailsTheJobAndARetryWithMoreDampingEndsIt() throws Exception {
        // Given
        Seen failed = run(almostUndamped().put("onFallback", "fail"));
        assertThat(failed.exit).isEqualTo(FAILED);
        assertThat(failed.state()).isEqualTo("FAILED");
        assertThat(failed.job.at("/error/code").asText()).isEqualTo("FALLBACK");
        assertThat(failed.failures()).hasSize(1).allMatch(m -> m.contains("needed a fallback"));
        List<JsonNode> kept =
                failed.layers.stream()
                        .filter(l -> l.get("state").asText().equals("SUCCEEDED"))
                        .toList();
        assertThat(kept).isNotEmpty();

        // When
        assertThat(sparsemesh("retry", failed.id, "--damping=0.1")).isEqualTo(DONE);
        Seen retried = see(sparsemesh("watch", failed.id), failed.id);

        // Then
        assertThat(retried.exit).isEqualTo(DONE);
        assertThat(retried.state()).as("%s", retried.job).isEqualTo("SUCCEEDED");
        assertThat(retried.layers).containsAll(kept);
        assertThat(retried.layers)
                .filteredOn(l -> !kept.contains(l))
                .isNotEmpty()
                .allMatch(l -> l.get("dampingUsed").asDouble() == 0.1);
        assertThat(retried.changes())
                .anyMatch(
                        e ->
                                e.get("reason")
                                        .asText()
                                        .equals(
                                                "retried by request, layers not yet solved with"
                                                        + " damping 0.1"));
        Path output = Path.of(java.net.URI.create(retried.job.at("/result/outputUri").asText()));
        JsonNode report =
                new ObjectMapper().readTree(output.resolve("sparsemesh-report.json").toFile());
        assertThat(report.get("retryDamping").asDouble()).isEqualTo(0.1);
        assertThat(report.at("/request/method/damping").asDouble()).isEqualTo(1e-6);
    }

    @Test
    void aSelectionThatMatchesNothingIsRefusedAndMakesNoJob() throws Exception {
        // Given
        ObjectNode request = request(DEMO, 1500, 1, 64);
        method(request).putArray("include").add("re:.*no_such_linear");
        JsonNode before = mesh.client.get("/v1/jobs?pageSize=1").get("items");
        Path file = Files.createTempFile(home, "request", ".json");
        Files.writeString(file, request.toString());

        // When
        int exit = sparsemesh("submit", file.toString(), "--wait");

        // Then
        assertThat(exit).isEqualTo(USAGE);
        assertThat(out.toString())
                .contains("/method/include", "no linear layer of the model is selected");
        assertThat(mesh.client.get("/v1/jobs?pageSize=1").get("items")).isEqualTo(before);
    }

    /// Two tokens, each to two of five experts: one gets none.
    private static ObjectNode starving() throws IOException {
        return request(MIXTRAL, VOCABULARY, 1, 2);
    }

    @Test
    void starvedExpertsDegradeTheJobAndAreNamed() throws Exception {
        // When
        Seen seen = run(starving());

        // Then
        assertThat(seen.exit).isEqualTo(DONE);
        assertThat(seen.state()).as("%s", seen.job).isEqualTo("DEGRADED");
        List<JsonNode> starved =
                seen.layers.stream().filter(l -> l.get("tokens").asLong() == 0).toList();
        assertThat(starved)
                .isNotEmpty()
                .allMatch(
                        l ->
                                l.get("fallback")
                                        .asText()
                                        .startsWith(
                                                "0 calibration tokens of at least 128 got to this"
                                                        + " expert: calibrated on every token"));
        assertThat(degraded(seen.job)).containsAll(names(starved));
        assertThat(seen.lastChange().get("state").asText()).isEqualTo("DEGRADED");
    }

    @Test
    void anExpertWithoutTokensFailsTheJobWhereTokensMayNotBeBorrowed() throws Exception {
        // Given
        ObjectNode request = starving();
        method(request).put("fewTokens", "report");

        // When
        Seen seen = run(request);

        // Then
        assertThat(seen.exit).isEqualTo(FAILED);
        assertThat(seen.state()).isEqualTo("FAILED");
        assertThat(seen.job.at("/error/code").asText()).isEqualTo("NUMERICAL");
        assertThat(seen.job.at("/error/message").asText())
                .contains("expert-", "calibration tokens: expected at least 1, found none");
        assertThat(seen.failures()).hasSize(1).allMatch(m -> m.contains("found none"));
        assertThat(seen.layers).anyMatch(l -> !l.get("state").asText().equals("SUCCEEDED"));
    }

    @Test
    void activationsThatAreNotFiniteFailTheJobByTheirPlace() throws Exception {
        // Given
        Path model = overflowing();

        // When
        Seen seen = run(request(model, VOCABULARY, 2, 48));

        // Then
        assertThat(seen.exit).isEqualTo(FAILED);
        assertThat(seen.state()).isEqualTo("FAILED");
        assertThat(seen.job.at("/error/code").asText()).isEqualTo("NUMERICAL");
        assertThat(seen.job.get("stateReason").asText())
                .contains(
                        "block 1", "activations: expected finite numbers, found another at token");
        assertThat(seen.failures()).isNotEmpty().allMatch(m -> m.contains("block 1"));
        assertThat(seen.layers)
                .filteredOn(l -> l.get("block").asInt() == 1)
                .isNotEmpty()
                .noneMatch(l -> l.get("state").asText().equals("SUCCEEDED"));
    }

    /// A norm so large that what it gives leaves F32, though each of its weights is finite.
    private static Path overflowing() throws IOException {
        Path model = Files.createDirectory(home.resolve("overflowing"));
        Files.copy(MIXTRAL.resolve("config.json"), model.resolve("config.json"));
        ByteBuffer bytes =
                ByteBuffer.wrap(Files.readAllBytes(MIXTRAL.resolve("model.safetensors")))
                        .order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(bytes.getLong(0));
        String json = new String(bytes.array(), Long.BYTES, header, StandardCharsets.UTF_8);
        JsonNode offsets =
                new ObjectMapper()
                        .readTree(json)
                        .get("model.layers.1.input_layernorm.weight")
                        .get("data_offsets");
        int data = Long.BYTES + header;
        for (int at = offsets.get(0).asInt(); at < offsets.get(1).asInt(); at += Float.BYTES) {
            bytes.putFloat(data + at, Float.MAX_VALUE);
        }
        Files.write(model.resolve("model.safetensors"), bytes.array());
        return model;
    }
}
