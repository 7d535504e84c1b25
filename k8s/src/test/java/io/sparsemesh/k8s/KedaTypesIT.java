package io.sparsemesh.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// ScaledObjects by KEDA's own types, from npm's `kubernetes-models`: types, values of enumerations
/// and what is required. Fields that a type does not have pass there; those are found by
/// [KedaFields].
final class KedaTypesIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path TYPES = Path.of("target", "keda").toAbsolutePath();

    @BeforeAll
    static void fetch() throws Exception {
        assumeTrue(isInstalled("npm") && isInstalled("node"), "npm is not installed");
        Files.createDirectories(TYPES);
        for (String file : List.of("package.json", "package-lock.json", "complaints.mjs")) {
            Files.copy(
                    Repository.path("k8s/src/test/keda/" + file),
                    TYPES.resolve(file),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        Ended fetched =
                run(
                        List.of(
                                "npm",
                                "ci",
                                "--no-audit",
                                "--no-fund",
                                "--ignore-scripts",
                                "--fetch-retries=0"),
                        "");
        assumeTrue(fetched.status() == 0, () -> "npm cannot fetch KEDA's types: " + fetched);
    }

    private static boolean isInstalled(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private record Ended(int status, String output) {}

    private static Ended run(List<String> command, String input) throws Exception {
        Path output = Files.createTempFile(TYPES, "output", ".txt");
        Process process =
                new ProcessBuilder(command)
                        .directory(TYPES.toFile())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .redirectOutput(output.toFile())
                        .start();
        try (var to = process.getOutputStream()) {
            to.write(input.getBytes(StandardCharsets.UTF_8));
        }
        process.waitFor(3, TimeUnit.MINUTES);
        return new Ended(process.destroyForcibly().waitFor(), Files.readString(output));
    }

    /// What the types have to say of each resource.
    private static List<List<String>> complaints(List<JsonNode> resources) throws Exception {
        ArrayNode all = JSON.createArrayNode();
        all.addAll(resources);
        Ended found = run(List.of("node", "complaints.mjs"), all.toString());
        assertThat(found.status()).as(found.output()).isZero();
        return JSON.readValue(found.output(), new TypeReference<>() {});
    }

    private static List<JsonNode> scaledObjects(String values) {
        return Manifests.of(Chart.render(values)).kind("ScaledObject").toList();
    }

    @Test
    void whatEveryValuesFileRendersIsOfKedasTypes() throws Exception {
        List<JsonNode> all =
                Stream.of(ChartTest.KIND, ChartTest.GPU, ChartTest.S3)
                        .flatMap(values -> scaledObjects(values).stream())
                        .toList();

        assertThat(all).hasSize(6);
        assertThat(complaints(all)).hasSize(6).allSatisfy(each -> assertThat(each).isEmpty());
    }

    @Test
    void anotherTypeIsComplainedOf() throws Exception {
        JsonNode good = scaledObjects(ChartTest.GPU).getFirst();
        Map<String, JsonNode> spoiled =
                Map.of(
                        "/spec/minReplicaCount: must be integer",
                        spoil(good, "/spec", spec -> spec.put("minReplicaCount", "0")),
                        "/spec/cooldownPeriod: must be integer",
                        spoil(good, "/spec", spec -> spec.put("cooldownPeriod", 1.5)),
                        "/spec/triggers: must be array",
                        spoil(good, "/spec", spec -> spec.put("triggers", "x")),
                        "/spec/fallback/behavior: must be equal to one of the allowed values",
                        spoil(good, "/spec/fallback", f -> f.put("behavior", "x")),
                        "/spec/fallback: must have required property replicas",
                        spoil(good, "/spec/fallback", f -> f.remove("replicas")),
                        "/spec/triggers/0/metadata/targetValue: must be string",
                        spoil(good, "/spec/triggers/0/metadata", m -> m.put("targetValue", 1)),
                        "/spec/triggers/0: must have required property type",
                        spoil(good, "/spec/triggers/0", t -> t.remove("type")),
                        "/spec/scaleTargetRef: must have required property name",
                        spoil(good, "/spec/scaleTargetRef", t -> t.remove("name")));

        List<String> expected = List.copyOf(spoiled.keySet());
        List<List<String>> found = complaints(expected.stream().map(spoiled::get).toList());

        for (int i = 0; i < expected.size(); i++) {
            assertThat(found.get(i)).contains(expected.get(i));
        }
    }

    private static JsonNode spoil(JsonNode good, String pointer, Consumer<ObjectNode> spoiler) {
        JsonNode copy = good.deepCopy();
        spoiler.accept(Spoiled.object(copy, pointer));
        return copy;
    }
}
