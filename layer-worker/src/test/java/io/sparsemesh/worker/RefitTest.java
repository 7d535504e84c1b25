package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Quantization;
import io.sparsemesh.contracts.job.Refit;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.scoring.Perplexity;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whole jobs with refitted weights, against the perplexities of an exact prototype that solves for
/// every row by itself in double.
class RefitTest {

    /// In `golden/e2e/tiny/llama__trueseq.json`; without it 595.757.
    private static final double TRUE_SEQUENTIAL = 599.423279;

    @TempDir Path folder;

    private static Method method(String pattern, Propagation how, Refit refit, Quantization bits) {
        Method plain = Jobs.method(MethodName.SPARSEGPT, pattern, how);
        return plain.withRefit(refit).withQuantization(bits);
    }

    /// With the steps that are the default of each mode.
    private static Refit refit(String mode) {
        return switch (mode) {
            case "refit" -> new Refit(Refit.Mode.REFIT, 0, 3, 0, 0);
            case "target" -> new Refit(Refit.Mode.TARGET, 0.5, 2, 0, 0);
            default -> null;
        };
    }

    private static Path ids(Path model) {
        Path beside = model.resolve("ids.safetensors");
        return Files.exists(beside) ? beside : model.resolveSibling("ids.safetensors");
    }

    private PlanRunner prune(Jobs.Place place, Path model, Method method, String name)
            throws Exception {
        int samples = model.endsWith("valley-opt") ? 64 : 32;
        JobRequest request =
                Jobs.request(
                        model,
                        method,
                        Jobs.calibration(ids(model), samples, 256),
                        folder.resolve(name));
        PlanRunner runner = new PlanRunner(place.place(), name, request);
        runner.prune();
        return runner;
    }

    private double perplexity(Jobs.Place place, Path model, String name) {
        OpenModel open = place.models().open(folder.resolve(name));
        return Perplexity.measure(
                        open.scorer(), open.tokens(ids(model), "test", "").windows(256), () -> {})
                .value();
    }

    @ParameterizedTest
    @CsvSource({
        "models/stories260K, 0.5, refit, SEQUENTIAL, 16.06",
        "models/stories260K, 0.5, target, SEQUENTIAL, 13.75",
        "models/stories260K, 0.5, target, TRUE_SEQUENTIAL, 11.85",
        "models/stories260K, 2:4, refit, SEQUENTIAL, 26.52",
        "models/stories260K, 2:4, target, SEQUENTIAL, 20.69",
        "models/stories260K, 2:4, target, TRUE_SEQUENTIAL, 17.59",
        "models/babyllama-105, 0.5, refit, SEQUENTIAL, 2.652",
        "models/babyllama-105, 0.5, target, SEQUENTIAL, 2.593",
        "models/babyllama-105, 0.5, target, TRUE_SEQUENTIAL, 2.539",
        "models/babyllama-105, 0.6, refit, SEQUENTIAL, 3.53",
        "models/babyllama-105, 0.6, target, SEQUENTIAL, 3.316",
        "models/babyllama-105, 0.6, target, TRUE_SEQUENTIAL, 3.138",
        "models/babyllama-105, 2:4, refit, SEQUENTIAL, 3.053",
        "models/babyllama-105, 2:4, target, SEQUENTIAL, 2.975",
        "models/babyllama-105, 2:4, target, TRUE_SEQUENTIAL, 2.888",
        "demo-model/valley-opt, 0.7, target, TRUE_SEQUENTIAL, 2.210",
        "demo-model/valley-opt, 2:4, target, TRUE_SEQUENTIAL, 2.184"
    })
    void perplexityIsAtMostOnePercentAboveThePrototype(
            String model, String pattern, String mode, Propagation how, double prototype)
            throws Exception {
        Path dense = Jobs.shared(model);
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            PlanRunner runner = prune(place, dense, method(pattern, how, refit(mode), null), "out");

            double found = perplexity(place, dense, "out");
            assertThat(found).isLessThan(prototype * 1.01);
            assertThat(runner.layers())
                    .allMatch(layer -> layer.refit().errorAfter() <= layer.refit().errorBefore());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "models/stories260K, 0.5, 0.95",
        "models/babyllama-105, 0.6, 0.97",
        "models/babyllama-105, 2:4, 1.005"
    })
    void anotherMaskGainsWhereThereIsChoice(String model, String pattern, double share)
            throws Exception {
        Path dense = Jobs.shared(model);
        Refit again = new Refit(Refit.Mode.TARGET, 0.5, 2, 0, 1);
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            Propagation how = Propagation.TRUE_SEQUENTIAL;
            prune(place, dense, method(pattern, how, refit("target"), null), "first");
            PlanRunner runner = prune(place, dense, method(pattern, how, again, null), "again");

            assertThat(perplexity(place, dense, "again"))
                    .isLessThan(share * perplexity(place, dense, "first"));
            assertThat(runner.layers())
                    .allMatch(layer -> layer.refit().errorAfter() <= layer.refit().errorBefore());
        }
    }

    @Test
    void trueSequentialModelHasThePerplexityOfTheReference() throws Exception {
        Path dense = Jobs.shared("golden/models/llama");
        Method method = method("0.5", Propagation.TRUE_SEQUENTIAL, null, null);
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            new PlanRunner(
                            place.place(),
                            "out",
                            Jobs.request(
                                    dense,
                                    method,
                                    Jobs.calibration(ids(dense), 8, 48),
                                    folder.resolve("out")))
                    .prune();

            OpenModel open = place.models().open(folder.resolve("out"));
            double found =
                    Perplexity.measure(
                                    open.scorer(),
                                    open.tokens(ids(dense), "test", "").windows(48),
                                    () -> {})
                            .value();
            assertThat(found).isCloseTo(TRUE_SEQUENTIAL, withPercentage(0.2));
        }
    }

    @ParameterizedTest
    @CsvSource({"4, false, 0", "3, false, 0", "4, true, 32"})
    void roundedWeightsAreRefittedToo(int bits, boolean symmetric, int groupSize) throws Exception {
        Path dense = Jobs.shared("models/babyllama-105");
        Quantization grid = new Quantization(bits, symmetric, groupSize);
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            prune(place, dense, method("0.5", Propagation.SEQUENTIAL, null, grid), "plain");
            PlanRunner runner =
                    prune(
                            place,
                            dense,
                            method("0.5", Propagation.SEQUENTIAL, refit("refit"), grid),
                            "fit");

            double fit = perplexity(place, dense, "fit");
            double plain = perplexity(place, dense, "plain");
            assertThat(fit).isLessThan(plain);
            assertThat(runner.layers()).anyMatch(layer -> layer.refit().kept());
        }
    }

    @ParameterizedTest
    @CsvSource({"refit, SEQUENTIAL", "target, TRUE_SEQUENTIAL"})
    void sameBitsForAnyNumberOfThreads(String mode, Propagation how) throws Exception {
        Path dense = Jobs.shared("models/stories260K");
        Method method = method("0.5", how, refit(mode), null);
        try (Jobs.Place one = Jobs.Place.open(1, folder.resolve("store1"));
                Jobs.Place three = Jobs.Place.open(3, folder.resolve("store3"))) {
            String first = prune(one, dense, method, "one").assembled().sha256();

            assertThat(prune(three, dense, method, "three").assembled().sha256()).isEqualTo(first);
        }
    }
}
