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
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Real trained models pruned through the gateway reach the perplexities that the reference
/// implementation reached on the same token ids.
class GoldenEndToEndIT {

    private static final double EXACT = 1e-4;
    private static final double TIES = 1e-2;

    @TempDir static Path home;
    private static TestMesh mesh;
    private static Path shared;

    @BeforeAll
    static void start() throws IOException {
        shared = SharedData.require();
        mesh = TestMesh.start(home, 1, 1, List.of(shared));
    }

    @AfterAll
    static void stop() {
        if (mesh != null) {
            mesh.close();
        }
    }

    /// One line of the reference's results.
    private record Reference(String model, List<String> args, double perplexity) {

        String value(String flag) {
            int at = args.indexOf(flag);
            return at < 0 ? "" : args.get(at + 1);
        }

        boolean isQuantised() {
            return args.contains("--wbits");
        }

        boolean isDense() {
            return args.isEmpty();
        }

        boolean isMagnitude() {
            return args.contains("--gmp");
        }

        /// The reference counts zeros in `prunen`, we count what is kept.
        String target() {
            if (value("--prunem").isEmpty()) {
                return value("--sparsity");
            }
            int m = Integer.parseInt(value("--prunem"));
            return (m - Integer.parseInt(value("--prunen"))) + ":" + m;
        }
    }

    @TestFactory
    Stream<DynamicTest> reachesTheReferencesPerplexity() throws IOException {
        List<Reference> references = new ArrayList<>();
        for (String model : List.of("stories260K", "babyllama-105")) {
            Path file = shared.resolve("golden/e2e/" + model + "/reference.jsonl");
            for (String line : Files.readAllLines(file)) {
                references.add(reference(new ObjectMapper().readTree(line)));
            }
        }
        return references.stream()
                .filter(r -> !r.isQuantised() && !r.isDense())
                .map(
                        r ->
                                DynamicTest.dynamicTest(
                                        r.model() + " " + r.args(), () -> check(r, references)));
    }

    private static Reference reference(JsonNode line) {
        List<String> args = new ArrayList<>();
        line.get("args").forEach(arg -> args.add(arg.asText()));
        return new Reference(line.get("model").asText(), args, line.get("perplexity").asDouble());
    }

    private void check(Reference reference, List<Reference> all) throws Exception {
        double dense =
                all.stream()
                        .filter(r -> r.isDense() && r.model().equals(reference.model()))
                        .findFirst()
                        .orElseThrow()
                        .perplexity();

        JsonNode job =
                mesh.client.await(mesh.client.submit(request(reference)), Duration.ofMinutes(5));

        assertThat(job.get("state").asText()).as("%s", job).isEqualTo("SUCCEEDED");
        double pruned = perplexity(job, "pruned");
        System.out.printf(
                "e2e %-14s %-50s dense %.6f (reference %.6f) pruned %.6f (reference %.6f, %+.3f %%)%n",
                reference.model(),
                reference.args(),
                perplexity(job, "dense"),
                dense,
                pruned,
                reference.perplexity(),
                (pruned / reference.perplexity() - 1) * 100);
        assertThat(perplexity(job, "dense") / dense).isCloseTo(1, within(EXACT));
        assertThat(pruned / reference.perplexity())
                .isCloseTo(1, within(reference.isMagnitude() ? EXACT : TIES));
    }

    private static double perplexity(JsonNode job, String variant) {
        return job.get("result").get(variant).get("test").get("perplexity").asDouble();
    }

    private ObjectNode request(Reference reference) {
        Path model = shared.resolve("models/" + reference.model());
        Path ids = model.resolve("ids.safetensors");
        Path output = home.resolve(reference.model() + String.join("", reference.args()));
        if (reference.isMagnitude()) {
            return JobJson.withPerplexity(
                    JobJson.magnitude(model, reference.target(), output), ids, 256, true);
        }
        ObjectNode request = JobJson.sparsegpt(model, reference.target(), ids, 32, 256, output);
        if (!reference.value("--minlayer").isEmpty()) {
            ObjectNode method = (ObjectNode) request.get("method");
            method.put("firstBlock", Integer.parseInt(reference.value("--minlayer")));
            method.put("lastBlock", Integer.parseInt(reference.value("--maxlayer")) - 1);
        }
        return JobJson.withPerplexity(request, ids, 256, true);
    }
}
