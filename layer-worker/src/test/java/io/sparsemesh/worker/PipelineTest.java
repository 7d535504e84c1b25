package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.job.Calibration;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Sampling;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskOutput.LayerReport;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.scoring.Perplexity;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whole jobs, task by task, against the perplexities of the reference.
class PipelineTest {

    @TempDir Path folder;

    private static MethodName method(String name) {
        return MethodName.valueOf(name.toUpperCase(Locale.ROOT));
    }

    private static Calibration calibration(MethodName name, Path ids, int samples, int length) {
        return name.isCalibrated() ? Jobs.calibration(ids, samples, length) : null;
    }

    private static double perplexity(Jobs.Place place, Path model, Path ids) {
        OpenModel open = place.models().open(model);
        return Perplexity.measure(
                        open.scorer(), open.tokens(ids, "test", "").windows(256), () -> {})
                .value();
    }

    @ParameterizedTest
    @CsvSource({
        "stories260K, magnitude, 0.5, 0, 4, 44.057873, 0.01",
        "stories260K, sparsegpt, 0.5, 0, 4, 19.656898, 1",
        "stories260K, sparsegpt, 2:4, 0, 4, 36.102509, 1",
        "stories260K, sparsegpt, 4:8, 0, 4, 25.900221, 1",
        "stories260K, sparsegpt, 0.6, 0, 4, 50.325367, 1",
        "stories260K, sparsegpt, 0.5, 1, 3, 9.950335, 1",
        "babyllama-105, magnitude, 0.5, 0, 4, 7.513973, 0.01",
        "babyllama-105, sparsegpt, 0.5, 0, 4, 3.006883, 1"
    })
    void prunedModelsHaveThePerplexityOfTheReference(
            String model,
            String name,
            String pattern,
            int first,
            int last,
            double expected,
            double percent)
            throws Exception {
        Path dense = Jobs.shared("models/" + model);
        Path ids = dense.resolve("ids.safetensors");
        MethodName methodName = method(name);
        Method method = Jobs.method(methodName, pattern, Propagation.SEQUENTIAL, first, last);
        Path output = folder.resolve("out");
        JobRequest request =
                Jobs.request(dense, method, calibration(methodName, ids, 32, 256), output);
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            TaskOutput.Assembled assembled = new PlanRunner(place.place(), "j", request).prune();

            assertThat(assembled.sparsity()).isBetween(0.5, 0.61);
            assertThat(perplexity(place, output, ids))
                    .isCloseTo(expected, Percentage.withPercentage(percent));
        }
    }

    @ParameterizedTest
    @CsvSource({"2:4, 2.2007", "0.5, 2.1845"})
    void halfPrecisionModelHasThePerplexityOfTheReference(String pattern, double expected)
            throws Exception {
        Path dense = Jobs.shared("demo-model/valley-opt");
        Path ids = Jobs.shared("demo-model/ids.safetensors");
        JobRequest request =
                Jobs.request(
                        dense,
                        Jobs.method(MethodName.SPARSEGPT, pattern, Propagation.SEQUENTIAL),
                        Jobs.calibration(ids, 64, 256),
                        folder.resolve("out"));
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            PlanRunner runner = new PlanRunner(place.place(), "j", request);

            runner.prune();

            assertThat(runner.layers())
                    .hasSize(24)
                    .allMatch(layer -> layer.fallback().isEmpty())
                    .allMatch(layer -> layer.relativeError() > 0 && layer.relativeError() < 0.3)
                    .allMatch(layer -> layer.tokens() == 64 * 256);
            assertThat(perplexity(place, folder.resolve("out"), ids))
                    .isCloseTo(expected, Percentage.withPercentage(1));
        }
    }

    private String digest(String name, Path model, Calibration calibration, int threads, String how)
            throws Exception {
        JobRequest request =
                Jobs.request(
                        model,
                        Jobs.method(MethodName.SPARSEGPT, how, Propagation.SEQUENTIAL),
                        calibration,
                        folder.resolve(name));
        try (Jobs.Place place = Jobs.Place.open(threads, folder.resolve("store-" + name))) {
            return new PlanRunner(place.place(), name, request).prune().sha256();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "models/stories260K, models/stories260K/ids.safetensors, 8, 256",
        "golden/models/opt-f16, golden/models/opt-f16/ids.safetensors, 8, 48",
        "golden/models/llama-bf16-sharded, golden/models/llama-bf16-sharded/ids.safetensors, 8, 48",
        "golden/models/gpt2, golden/models/gpt2/ids.safetensors, 8, 48",
        "golden/models/bloom, golden/models/bloom/ids.safetensors, 8, 48",
        "golden/models/falcon, golden/models/falcon/ids.safetensors, 8, 48",
        "golden/models/falcon-newarch, golden/models/falcon-newarch/ids.safetensors, 8, 48",
        "golden/models/gemma, golden/models/gemma/ids.safetensors, 8, 48",
        "golden/models/gemma2, golden/models/gemma2/ids.safetensors, 8, 48",
        "golden/models/gpt_neo, golden/models/gpt_neo/ids.safetensors, 8, 48",
        "golden/models/gpt_neox, golden/models/gpt_neox/ids.safetensors, 8, 48",
        "golden/models/gptj, golden/models/gptj/ids.safetensors, 8, 48",
        "golden/models/mistral-swa, golden/models/mistral-swa/ids.safetensors, 8, 48",
        "golden/models/phi, golden/models/phi/ids.safetensors, 8, 48",
        "golden/models/phi3, golden/models/phi3/ids.safetensors, 8, 48",
        "golden/models/qwen2, golden/models/qwen2/ids.safetensors, 8, 48",
        "golden/models/qwen3-b, golden/models/qwen3-b/ids.safetensors, 8, 48",
        "golden/models/stablelm, golden/models/stablelm/ids.safetensors, 8, 48"
    })
    void bitsDoNotDependOnThreads(String model, String ids, int samples, int length)
            throws Exception {
        Path dense = Jobs.shared(model);
        Calibration calibration = Jobs.calibration(Jobs.shared(ids), samples, length);

        String one = digest("one", dense, calibration, 1, "2:4");

        assertThat(digest("two", dense, calibration, 2, "2:4")).isEqualTo(one);
    }

    @Test
    void textIsCalibratedOnAlike() throws Exception {
        Path dense = Jobs.shared("demo-model/valley-opt");
        Calibration calibration =
                Jobs.calibration(Jobs.shared("demo-model/calibration.txt"), 8, 64);

        String one = digest("one", dense, calibration, 2, "0.5");

        assertThat(digest("two", dense, calibration, 1, "0.5")).isEqualTo(one);
        Calibration seeded = new Calibration(calibration.source(), 8, 64, 1);
        assertThat(digest("three", dense, seeded, 2, "0.5")).isNotEqualTo(one);
    }

    /// Two texts and token ids, in shares of 4, 2 and 2.
    @Test
    void mixtureIsCalibratedOnAlike() throws Exception {
        Path dense = Jobs.shared("demo-model/valley-opt");
        Calibration.Source text = source("demo-model/calibration.txt", 2);
        Calibration.Source cloze = source("demo-model/cloze.jsonl", 1);
        Calibration.Source ids = source("demo-model/ids.safetensors", 1);
        Calibration mixed = new Calibration(List.of(text, cloze, ids), Sampling.PACKED, 8, 64, 0);

        String one = digest("one", dense, mixed, 2, "0.5");

        assertThat(digest("two", dense, mixed, 1, "0.5")).isEqualTo(one);
        Calibration other = new Calibration(List.of(text, cloze), Sampling.PACKED, 8, 64, 0);
        assertThat(digest("three", dense, other, 2, "0.5")).isNotEqualTo(one);
    }

    private static Calibration.Source source(String path, double weight) {
        Calibration alone = Jobs.calibration(Jobs.shared(path), 1, 64);
        return new Calibration.Source(alone.source(), weight);
    }

    @Test
    void densePropagationPrunesEveryBlockOnDenseActivations() throws Exception {
        Path dense = Jobs.shared("models/stories260K");
        Path ids = dense.resolve("ids.safetensors");
        JobRequest request =
                Jobs.request(
                        dense,
                        Jobs.method(MethodName.SPARSEGPT, "0.5", Propagation.DENSE),
                        Jobs.calibration(ids, 32, 256),
                        folder.resolve("out"));
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            PlanRunner runner = new PlanRunner(place.place(), "j", request);

            runner.prune();

            assertThat(runner.layers()).extracting(LayerReport::name).hasSize(35);
            assertThat(perplexity(place, folder.resolve("out"), ids)).isBetween(15.0, 44.0);
        }
    }
}
