package io.sparsemesh.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The engine alone, from a trained model's folder to its perplexity after pruning, beside the
/// reference implementation (`golden/e2e` of the shared data).
class PruneRealModelsTest {

    private static final Path SHARED =
            Path.of(System.getProperty("sparsemesh.shared", "../shared"));

    private static final int LENGTH = 256;

    @ParameterizedTest
    @ValueSource(strings = {"stories260K", "babyllama-105"})
    void perplexityAfterPruningIsTheReferences(String name) throws IOException {
        Path reference = SHARED.resolve("golden/e2e").resolve(name).resolve("reference.jsonl");
        assumeTrue(Files.isRegularFile(reference), () -> "no " + reference);
        Path model = SHARED.resolve("models").resolve(name);
        System.out.println(name + ": perplexity, the reference's in brackets");
        for (String line : Files.readAllLines(reference)) {
            JsonNode result = new JsonMapper().readTree(line);
            ReferenceRun run = ReferenceRun.of(result);
            if (!run.has("--wbits")) {
                double expected = result.get("perplexity").asDouble();
                double found = perplexity(model, model.resolve("ids.safetensors"), run);
                System.out.printf("  %9.6f (%9.6f) %s%n", found, expected, run.args());
                assertThat(Math.abs(found / expected - 1))
                        .as("%s %s", name, run)
                        .isLessThan(tolerance(run));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"2.1790, ''", "2.3030, --sparsity 0.7", "2.2007, --prunen 2 --prunem 4"})
    void theDemoModelIsPrunedAsItsCardSays(double perplexity, String args) {
        Path model = SHARED.resolve("demo-model/valley-opt");
        assumeTrue(Files.isDirectory(model), () -> "no " + model);
        ReferenceRun run = new ReferenceRun(args.isEmpty() ? List.of() : List.of(args.split(" ")));

        double found = perplexity(model, SHARED.resolve("demo-model/ids.safetensors"), run);

        System.out.printf("valley-opt: %7.4f (%7.4f) %s%n", found, perplexity, run.args());
        assertThat(Math.abs(found / perplexity - 1)).isLessThan(tolerance(run));
    }

    private static double perplexity(Path model, Path ids, ReferenceRun run) {
        return ReferencePruning.run(model, ids, run, LENGTH).perplexity();
    }

    /// Mask ties account for up to 0.3 % between two correct implementations.
    private static double tolerance(ReferenceRun run) {
        return run.dense() || run.magnitude() ? 1e-4 : 1e-2;
    }
}
