package io.sparsemesh.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;
import static org.assertj.core.data.Percentage.withPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparsemesh.engine.ReferencePruning.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The engine alone on small random models, in every mode of the reference (`golden/e2e/tiny` of
/// the shared data): perplexity, sparsity and the loss of every layer.
class PruneRandomModelsTest {

    private static final Path GOLDEN =
            Path.of(System.getProperty("sparsemesh.shared", "../shared")).resolve("golden");

    @Test
    void everyCaseIsPrunedAsTheReferenceDoes() throws IOException {
        Path cases = GOLDEN.resolve("e2e/tiny");
        assumeTrue(Files.isDirectory(cases), () -> "no " + cases);
        int compared = 0;
        for (Path file : files(cases)) {
            JsonNode expected = new JsonMapper().readTree(file.toFile());
            ReferenceRun run = ReferenceRun.of(expected);
            compare(file.getFileName().toString(), expected, run);
            compared++;
        }
        System.out.println(compared + " cases compared");
        assertThat(compared).isGreaterThanOrEqualTo(70);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static void compare(String name, JsonNode expected, ReferenceRun run) {
        Path model = GOLDEN.resolve("models").resolve(expected.get("model").asText());

        Result found =
                ReferencePruning.run(
                        model,
                        model.resolve("ids.safetensors"),
                        run,
                        expected.get("seqlen").asInt());

        double percent = run.dense() || run.magnitude() ? 0.01 : 2;
        assertThat(found.perplexity())
                .as(name)
                .isCloseTo(expected.get("perplexity").asDouble(), withPercentage(percent));
        assertThat(found.sparsity())
                .as(name)
                .isCloseTo(expected.get("block_weight_sparsity").asDouble(), offset(1e-4));
        assertThat(found.losses()).as(name).hasSize(expected.get("layers").size());
        expected.get("layers").forEach(layer -> compareLoss(name, layer, found.losses()));
    }

    private static void compareLoss(String name, JsonNode layer, Map<String, Double> losses) {
        int block = layer.get("block").asInt();
        String suffix = ".%d.%s".formatted(block, layer.get("name").asText());
        double found =
                losses.entrySet().stream()
                        .filter(entry -> ("." + entry.getKey()).endsWith(suffix))
                        .mapToDouble(Map.Entry::getValue)
                        .findFirst()
                        .orElseThrow(() -> new AssertionError(name + ": no loss of " + suffix));
        assertThat(found)
                .as("%s %s", name, suffix)
                .isCloseTo(layer.get("error").asDouble(), withPercentage(block == 0 ? 0.1 : 5));
    }
}
