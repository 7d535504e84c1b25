package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.SafetensorsWriter;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.contracts.job.ExpertTokens;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskOutput.LayerReport;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Jobs on mixtures of experts, on the small models of the engine's tests.
class ExpertsTest {

    private static final Path MODELS = Path.of("../libs/engine/src/test/resources/golden/models");
    private static final int LENGTH = 48;
    private static final long SEED = 5;

    @TempDir Path folder;

    /// Random ids as an I64 tensor `calib`.
    private Path ids(int samples) {
        ByteBuffer bytes =
                ByteBuffer.allocate(samples * LENGTH * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        new Random(SEED).longs(samples * LENGTH, 0, 59).forEach(bytes::putLong);
        Path file = folder.resolve("ids-%d.safetensors".formatted(samples));
        TensorSource source =
                new TensorSource(
                        "calib",
                        Dtype.I64,
                        List.of((long) samples, (long) LENGTH),
                        sink -> sink.write(MemorySegment.ofArray(bytes.array())));
        SafetensorsWriter.write(file, List.of(source), Map.of());
        return file;
    }

    private static Method method(ExpertTokens experts) {
        return Jobs.method(MethodName.SPARSEGPT, "2:4", Propagation.SEQUENTIAL)
                .withExperts(experts);
    }

    /// A finished job.
    private record Job(List<LayerReport> layers, TaskOutput.Assembled output) {

        List<LayerReport> experts(int block) {
            return layers.stream()
                    .filter(l -> l.name().contains("layers.%d.".formatted(block)))
                    .filter(l -> l.name().contains(".experts."))
                    .toList();
        }
    }

    private Job prune(String model, int samples, String output, int threads) throws Exception {
        return prune(model, samples, output, threads, ExpertTokens.DEFAULT);
    }

    private Job prune(String model, int samples, String output, int threads, ExpertTokens experts)
            throws Exception {
        JobRequest request =
                Jobs.request(
                        MODELS.resolve(model).toAbsolutePath().normalize(),
                        method(experts),
                        Jobs.calibration(ids(samples), samples, LENGTH),
                        folder.resolve(output));
        try (Jobs.Place place = Jobs.Place.open(threads, folder.resolve("store-" + output))) {
            PlanRunner runner = new PlanRunner(place.place(), output, request);
            TaskOutput.Assembled assembled = runner.prune();
            return new Job(runner.layers(), assembled);
        }
    }

    @ParameterizedTest
    @CsvSource({"mixtral, 2, 5", "qwen2_moe, 3, 6"})
    void everyExpertIsPrunedOnItsOwnTokens(String model, int perToken, int experts)
            throws Exception {
        Job job = prune(model, 24, "out", 2);

        for (int block = 0; block < 2; block++) {
            List<LayerReport> reports = job.experts(block);
            assertThat(reports)
                    .hasSize(3 * experts)
                    .allMatch(l -> l.fallback().isEmpty())
                    .allMatch(l -> l.tokens() >= 128 && l.tokens() < 24 * LENGTH)
                    .allMatch(l -> l.sparsity() >= 0.5 && l.relativeError() > 0);
            assertThat(reports.stream().mapToLong(LayerReport::tokens).sum())
                    .isEqualTo(3L * perToken * 24 * LENGTH);
        }
        assertThat(job.layers)
                .filteredOn(l -> !l.name().contains(".experts."))
                .allMatch(l -> l.tokens() == 24 * LENGTH)
                .noneMatch(l -> l.name().endsWith("gate"));
    }

    @ParameterizedTest
    @CsvSource({"mixtral, 5", "qwen2_moe, 6"})
    void anExpertOfFewTokensIsPrunedOnEveryTokenAndNamed(String model, int experts)
            throws Exception {
        Job job = prune(model, 2, "out", 2);

        for (int block = 0; block < 2; block++) {
            assertThat(job.experts(block))
                    .hasSize(3 * experts)
                    .allMatch(l -> l.tokens() < 2 * LENGTH && l.sparsity() >= 0.5)
                    .allMatch(
                            l ->
                                    l.fallback()
                                            .startsWith(
                                                    l.tokens()
                                                            + " calibration tokens of at least 128"
                                                            + " got to this expert: calibrated on"
                                                            + " every token"));
        }
        assertThat(job.layers)
                .filteredOn(l -> !l.name().contains(".experts."))
                .allMatch(l -> !l.fallback().contains("expert"));
    }

    @Test
    void anExpertIsCalibratedOnItsFewTokensAndNamedWhereTheJobAsksForThat() throws Exception {
        Job job = prune("mixtral", 2, "out", 2, new ExpertTokens(64, ExpertTokens.Few.REPORT));

        assertThat(job.experts(0))
                .anyMatch(l -> l.tokens() < 64)
                .filteredOn(l -> l.tokens() < 64)
                .allMatch(
                        l ->
                                l.fallback()
                                        .startsWith(
                                                l.tokens()
                                                        + " calibration tokens of at least 64 got"
                                                        + " to this expert: calibrated on these"));
    }

    @Test
    void asManyTokensAsTheJobAsksForAreEnough() throws Exception {
        Job job = prune("mixtral", 2, "out", 2, new ExpertTokens(1, ExpertTokens.Few.EVERY_TOKEN));

        assertThat(job.layers).noneMatch(l -> l.fallback().contains("got to this expert"));
    }

    @ParameterizedTest
    @CsvSource({"mixtral, 24", "qwen2_moe, 4"})
    void bitsDoNotDependOnThreads(String model, int samples) throws Exception {
        String one = prune(model, samples, "one", 1).output.sha256();

        assertThat(prune(model, samples, "two", 2).output.sha256()).isEqualTo(one);
    }
}
