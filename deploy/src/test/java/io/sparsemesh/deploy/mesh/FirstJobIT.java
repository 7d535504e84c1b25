package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.verify.FolderVerifier;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a newcomer does first, with the demo model: the README's own job, from texts, and a model
/// that turns out to be broken only when its weights are read.
class FirstJobIT {

    private static final Path DEMO = TestMesh.ROOT.resolve("deploy/demo");
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final short HALF_NAN = 0x7e00;

    /// The demo model's README, from token ids; texts are tokenised as one piece.
    private static final double DENSE = 2.1790;

    private static final double SPARSEGPT_2_4 = 2.2007;

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

    @Test
    void theReadmesJobSucceeds() throws Exception {
        // Given
        Path output = home.resolve("valley-opt-24");

        // When
        JsonNode job = mesh.client.await(mesh.client.submit(readmesRequest(output)), LIMIT);

        // Then
        assertThat(job.get("state").asText()).as("%s", job).isEqualTo("SUCCEEDED");
        JsonNode result = job.get("result");
        System.out.println("first job: " + result);
        assertThat(result.at("/dense/test/perplexity").asDouble() / DENSE)
                .isCloseTo(1, within(0.02));
        assertThat(result.at("/pruned/test/perplexity").asDouble() / SPARSEGPT_2_4)
                .isCloseTo(1, within(0.02));
        assertThat(result.at("/dense/facts/acc").asDouble()).isEqualTo(0.906);
        FolderVerifier.Outcome outcome = FolderVerifier.verify(output);
        assertThat(outcome.findings()).isEmpty();
        assertThat(outcome.layers()).isEqualTo(24);
        assertThat(outcome.zeros() * 2).isGreaterThanOrEqualTo(outcome.weights());
        assertThat(validateAgain(output)).isEqualTo(job.get("request"));
    }

    @Test
    void aWeightThatIsNotANumberFailsTheJobByName() throws Exception {
        // Given
        String tensor = "model.decoder.layers.1.fc1.weight";
        Path model = Files.createDirectories(home.resolve("nan-opt"));
        for (Path file : files(DEMO.resolve("valley-opt"))) {
            Files.copy(file, model.resolve(file.getFileName()));
        }
        spoil(model.resolve("model.safetensors"), tensor);
        Path output = home.resolve("nan-out");
        ObjectNode request = readmesRequest(output);
        ((ObjectNode) request.get("model")).put("uri", model.toUri().toString());

        // When
        JsonNode job = mesh.client.await(mesh.client.submit(request), LIMIT);

        // Then
        System.out.println("first job: " + job.get("error"));
        assertThat(job.get("state").asText()).isEqualTo("FAILED");
        assertThat(job.at("/error/message").asText()).contains(tensor, "NaN");
        assertThat(job.get("stateReason").asText()).contains(tensor);
        assertThat(output).doesNotExist();
    }

    /// The report's request, as the gateway understands it when it is sent again.
    private static JsonNode validateAgain(Path output) throws Exception {
        ObjectMapper json = new ObjectMapper();
        JsonNode report = json.readTree(output.resolve("sparsemesh-report.json").toFile());
        ObjectNode request = (ObjectNode) report.get("request");
        ObjectNode other = request.deepCopy();
        other.putObject("output").put("uri", home.resolve("again").toUri().toString());
        HttpResponse<String> answer =
                mesh.client.post("/v1/jobs?validateOnly=true", other.toString());
        assertThat(answer.statusCode()).as("%s", answer.body()).isEqualTo(200);
        ObjectNode understood = (ObjectNode) json.readTree(answer.body()).get("request");
        understood.set("output", request.get("output"));
        return understood;
    }

    /// The body of the README's curl, with this project's and this test's folders.
    private static ObjectNode readmesRequest(Path output) throws IOException {
        String readme = Files.readString(TestMesh.ROOT.resolve("README.md"));
        Matcher body = Pattern.compile("-d '(\\{.*?\\n})'", Pattern.DOTALL).matcher(readme);
        assertThat(body.find()).as("the README's request").isTrue();
        String json = body.group(1).replace("'$PWD'", TestMesh.ROOT.toString());
        ObjectNode request = (ObjectNode) new ObjectMapper().readTree(json);
        ((ObjectNode) request.get("output")).put("uri", output.toUri().toString());
        return request;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    /// Makes the first value of an F16 tensor not a number.
    private static void spoil(Path file, String tensor) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(bytes.getLong(0));
        String json = new String(bytes.array(), Long.BYTES, header, StandardCharsets.UTF_8);
        JsonNode entry = new ObjectMapper().readTree(json).get(tensor);
        int begin = entry.get("data_offsets").get(0).asInt();
        bytes.putShort(Long.BYTES + header + begin, HALF_NAN);
        Files.write(file, bytes.array());
    }
}
