package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Refit;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.scoring.Perplexity;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Prints what mixes, calibration samples, steps and masks chosen anew give, with target and
/// true-sequential propagation, for `docs/quality.md`: whole jobs, perplexity on the test tokens
/// and on eight samples that were held out. Takes some minutes, so it runs only when it is named:
/// `-Dtest=RefitTable`.
class RefitTable {

    private static final int HELD_OUT = 8;

    @TempDir Path folder;

    private record Quality(double heldOut, double test) {
        String cell() {
            return String.format(Locale.ROOT, " %.4g / %.4g |", heldOut, test);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "stories260K, 0.5", "stories260K, 0.7", "stories260K, 2:4",
        "babyllama-105, 0.5", "babyllama-105, 0.7", "babyllama-105, 2:4"
    })
    void mixes(String model, String pattern) throws Exception {
        Path dense = Jobs.shared("models/" + model);
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            StringBuilder line = new StringBuilder("| %s %s |".formatted(model, pattern));
            for (double mix : new double[] {0.25, 0.5, 0.75, 1}) {
                Quality found = measure(place, dense, pattern, target(mix, 2, 0), 24);
                line.append(found.cell());
                assertThat(found.test()).isFinite();
            }
            System.out.println(line);
        }
    }

    @ParameterizedTest
    @CsvSource({"stories260K, 0.5", "stories260K, 2:4", "babyllama-105, 0.5", "babyllama-105, 2:4"})
    void samplesAndSteps(String model, String pattern) throws Exception {
        Path dense = Jobs.shared("models/" + model);
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            StringBuilder line = new StringBuilder("| %s %s |".formatted(model, pattern));
            for (int samples : List.of(8, 16, 24)) {
                line.append(measure(place, dense, pattern, target(0.5, 2, 0), samples).cell());
            }
            for (int steps : List.of(1, 3, 6)) {
                Quality found = measure(place, dense, pattern, target(0.5, steps, 0), 24);
                line.append(found.cell());
                assertThat(found.test()).isFinite();
            }
            System.out.println(line);
        }
    }

    @ParameterizedTest
    @CsvSource({"stories260K, 0.5", "stories260K, 2:4", "babyllama-105, 0.5", "babyllama-105, 2:4"})
    void masks(String model, String pattern) throws Exception {
        Path dense = Jobs.shared("models/" + model);
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            StringBuilder line = new StringBuilder("| %s %s |".formatted(model, pattern));
            for (int reselections : List.of(0, 1, 2, 4)) {
                Quality found = measure(place, dense, pattern, target(0.5, 2, reselections), 24);
                line.append(found.cell());
                assertThat(found.test()).isFinite();
            }
            System.out.println(line);
        }
    }

    private static Refit target(double mix, int steps, int reselections) {
        return new Refit(Refit.Mode.TARGET, mix, steps, 1e-3, reselections);
    }

    private Quality measure(Jobs.Place place, Path dense, String pattern, Refit target, int samples)
            throws Exception {
        Method method =
                Jobs.method(MethodName.SPARSEGPT, pattern, Propagation.TRUE_SEQUENTIAL)
                        .withRefit(target);
        Path ids = dense.resolve("ids.safetensors");
        String name =
                "m%d-%d-%d-%d"
                        .formatted(
                                (int) (target.mix() * 100),
                                target.iterations(),
                                target.reselections(),
                                samples);
        Path output = folder.resolve(name);
        new PlanRunner(
                        place.place(),
                        name,
                        Jobs.request(dense, method, Jobs.calibration(ids, samples, 256), output))
                .prune();
        OpenModel open = place.models().open(output);
        List<int[]> calibration = open.tokens(ids, "calib", "").windows(256);
        int all = calibration.size();
        return new Quality(
                perplexity(open, calibration.subList(all - HELD_OUT, all)),
                perplexity(open, open.tokens(ids, "test", "").windows(256)));
    }

    private static double perplexity(OpenModel open, List<int[]> windows) {
        return Perplexity.measure(open.scorer(), windows, () -> {}).value();
    }
}
