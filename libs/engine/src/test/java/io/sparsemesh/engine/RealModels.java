package io.sparsemesh.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparsemesh.engine.device.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/// The engine alone, from a trained model's folder to its perplexity after pruning, beside the
/// reference implementation (`golden/e2e` of the shared data), on any device.
public final class RealModels {

    static final Path SHARED = Path.of(System.getProperty("sparsemesh.shared", "../shared"));

    static final int LENGTH = 256;

    private RealModels() {}

    /// A test for each run of the reference that did not quantise; skips them all where the shared
    /// data is not there.
    ///
    /// @param kind name of the device in those of the tests
    /// @param device opens the device of one case, which closes it
    /// @param model `stories260K` or `babyllama-105`
    /// @param which the runs to repeat
    public static Stream<DynamicTest> cases(
            String kind, Supplier<Device> device, String model, Predicate<ReferenceRun> which) {
        Path reference = SHARED.resolve("golden/e2e").resolve(model).resolve("reference.jsonl");
        assumeTrue(Files.isRegularFile(reference), () -> "no " + reference);
        List<JsonNode> chosen =
                lines(reference).stream()
                        .filter(expected -> !ReferenceRun.of(expected).has("--wbits"))
                        .filter(expected -> which.test(ReferenceRun.of(expected)))
                        .toList();
        assertThat(chosen).as("chosen runs").isNotEmpty();
        return chosen.stream()
                .map(
                        expected ->
                                DynamicTest.dynamicTest(
                                        "%s %s %s"
                                                .formatted(
                                                        kind,
                                                        model,
                                                        ReferenceRun.of(expected).args()),
                                        () -> compare(device, model, expected)));
    }

    private static List<JsonNode> lines(Path file) {
        JsonMapper mapper = new JsonMapper();
        try {
            return Files.readAllLines(file).stream().map(line -> read(mapper, line)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode read(JsonMapper mapper, String line) {
        try {
            return mapper.readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void compare(Supplier<Device> device, String name, JsonNode expected) {
        Path model = SHARED.resolve("models").resolve(name);
        compare(
                device,
                model,
                model.resolve("ids.safetensors"),
                ReferenceRun.of(expected),
                expected.get("perplexity").asDouble());
    }

    static void compare(
            Supplier<Device> device, Path model, Path ids, ReferenceRun run, double perplexity) {
        double found = ReferencePruning.run(device, model, ids, run, LENGTH).perplexity();

        System.out.printf(
                "%s: perplexity %9.6f (%9.6f) %s%n",
                model.getFileName(), found, perplexity, run.args());
        assertThat(Math.abs(found / perplexity - 1))
                .as("%s %s", model, run)
                .isLessThan(tolerance(run));
    }

    /// Mask ties account for up to 0.3 % between two correct implementations.
    private static double tolerance(ReferenceRun run) {
        return run.dense() || run.magnitude() ? 1e-4 : 1e-2;
    }
}
