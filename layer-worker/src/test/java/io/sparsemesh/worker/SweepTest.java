package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.contracts.job.Calibration;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A sweep makes what the single jobs make, bit for bit.
class SweepTest {

    private static final Path DEMO = Path.of("../deploy/demo").toAbsolutePath().normalize();
    private static final List<String> TARGETS = List.of("0.5", "0.7", "2:4");
    private static final List<String> NAMES = List.of("s50", "s70", "2of4");

    @TempDir Path folder;

    private static Target target(String text) {
        return text.contains(":") ? new Target(null, text) : new Target(Double.valueOf(text), null);
    }

    private static Method sweep(MethodName name, Propagation propagation) {
        return Jobs.method(name, "0.5", propagation)
                .withTargets(TARGETS.stream().map(SweepTest::target).toList());
    }

    private void run(String job, Method method, Path output) throws Exception {
        Calibration calibration =
                method.name().isCalibrated()
                        ? Jobs.calibration(DEMO.resolve("calibration.txt"), 8, 64)
                        : null;
        JobRequest request = Jobs.request(DEMO.resolve("valley-opt"), method, calibration, output);
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store-" + job))) {
            new PlanRunner(place.place(), job, request).prune();
        }
    }

    private static Map<String, String> digests(Path output) throws Exception {
        Map<String, String> digests = new TreeMap<>();
        try (Stream<Path> files = Files.list(output)) {
            files.map(FileDigest::of).forEach(f -> digests.put(f.name(), f.sha256()));
        }
        return digests;
    }

    @ParameterizedTest
    @CsvSource({
        "SPARSEGPT, DENSE",
        "SPARSEGPT, SEQUENTIAL",
        "SPARSEGPT, TRUE_SEQUENTIAL",
        "WANDA, SEQUENTIAL",
        "MAGNITUDE, DENSE"
    })
    void eachCandidateHasTheBitsOfTheSingleJob(MethodName name, Propagation propagation)
            throws Exception {
        Path output = folder.resolve("sweep");

        run("sweep", sweep(name, propagation), output);

        for (int i = 0; i < TARGETS.size(); i++) {
            Path single = folder.resolve("single-" + i);
            run("single-" + i, Jobs.method(name, TARGETS.get(i), propagation), single);
            assertThat(digests(output.resolve(NAMES.get(i))))
                    .as(TARGETS.get(i))
                    .containsKey("model.safetensors")
                    .isEqualTo(digests(single));
        }
        assertThat(digests(output.resolve("s50"))).isNotEqualTo(digests(output.resolve("s70")));
    }

    @Test
    void aFolderOfSomeoneElsesBelowTheOutputIsRefused() throws Exception {
        Path output = folder.resolve("sweep");
        Path foreign = Files.createDirectories(output.resolve("2of4"));
        Files.copy(DEMO.resolve("valley-opt/config.json"), foreign.resolve("config.json"));

        assertThatThrownBy(
                        () -> run("sweep", sweep(MethodName.MAGNITUDE, Propagation.DENSE), output))
                .hasMessageContaining("2of4")
                .hasMessageContaining("expected no folder yet or an empty one");
    }
}
