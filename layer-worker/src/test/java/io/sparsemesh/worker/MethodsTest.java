package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.ModelFolderWriter;
import io.sparsemesh.checkpoint.ModelFolderWriter.IfExists;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.contracts.job.Calibration;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Output;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Quantization;
import io.sparsemesh.contracts.job.TargetOverride;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.task.AssembleManifest;
import io.sparsemesh.contracts.task.TaskOutput.Assembled;
import io.sparsemesh.contracts.task.TaskOutput.LayerReport;
import io.sparsemesh.contracts.task.TaskOutput.Solved;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.scoring.Perplexity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Jobs of the methods beyond plain SparseGPT and magnitude, and the formats of their outputs,
/// task by task.
class MethodsTest {

    @TempDir Path folder;

    private static Method method(
            MethodName name,
            String pattern,
            Quantization quantization,
            TargetOverride... overrides) {
        return Jobs.method(name, pattern, Propagation.SEQUENTIAL)
                .withQuantization(quantization)
                .withOverrides(List.of(overrides));
    }

    private JobRequest request(Path model, Method method, String output, String format) {
        Calibration calibration =
                Jobs.calibration(
                        model.resolve("ids.safetensors"), isGolden(model) ? 8 : 32, length(model));
        JobRequest plain = Jobs.request(model, method, calibration, folder.resolve(output));
        return new JobRequest(
                plain.modelUri(),
                plain.revision(),
                method,
                plain.calibration(),
                plain.evaluation(),
                new Output(plain.output().uri(), format),
                plain.onFallback(),
                0,
                Map.of());
    }

    private static int length(Path model) {
        return isGolden(model) ? 48 : 256;
    }

    private static boolean isGolden(Path model) {
        return model.toString().contains("golden");
    }

    private PlanRunner run(Jobs.Place place, JobRequest request, String job) throws Exception {
        PlanRunner runner = new PlanRunner(place.place(), job, request);
        runner.prune();
        return runner;
    }

    private static double perplexity(Jobs.Place place, Path model, Path ids) {
        OpenModel open = place.models().open(model);
        return Perplexity.measure(
                        open.scorer(), open.tokens(ids, "test", "").windows(256), () -> {})
                .value();
    }

    /// Perplexities of `src/test/python/wanda.py`, with PyTorch and transformers.
    @ParameterizedTest
    @CsvSource({"0.5, 20.167927", "2:4, 72.585356"})
    void wandaHasThePerplexityOfAnIndependentImplementation(String pattern, double expected)
            throws Exception {
        Path model = Jobs.shared("models/stories260K");
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            PlanRunner wanda =
                    run(
                            place,
                            request(model, method(MethodName.WANDA, pattern, null), "w", "dense"),
                            "w");

            assertThat(perplexity(place, folder.resolve("w"), model.resolve("ids.safetensors")))
                    .isCloseTo(expected, Percentage.withPercentage(0.1));
            assertThat(wanda.layers())
                    .allMatch(l -> l.relativeError() > 0 && l.relativeError() < 1)
                    .allMatch(l -> l.dampingUsed() == null && l.precision() == null)
                    .allMatch(l -> l.zeros() == l.rows() * (l.cols() / 2))
                    .allMatch(l -> l.target().equals(pattern));
        }
    }

    /// Perplexities of the reference, which has asymmetric grids of rows.
    @ParameterizedTest
    @CsvSource({"stories260K, 21.127354", "babyllama-105, 3.177364"})
    void jointQuantisationHasThePerplexityOfTheReference(String name, double expected)
            throws Exception {
        Path model = Jobs.shared("models/" + name);
        Method method = method(MethodName.SPARSEGPT, "0.5", new Quantization(4, false, 0));
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            run(place, request(model, method, "q", "dense"), "q");

            assertThat(perplexity(place, folder.resolve("q"), model.resolve("ids.safetensors")))
                    .isCloseTo(expected, Percentage.withPercentage(1));
        }
    }

    @ParameterizedTest
    @CsvSource({"8, 0, 0.02", "8, 64, 0.02", "4, 32, 0.15"})
    void symmetricGridsCostLittle(int bits, int groupSize, double worse) throws Exception {
        Path model = Jobs.shared("models/stories260K");
        Quantization quantization = new Quantization(bits, true, groupSize);
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            Method joint = method(MethodName.SPARSEGPT, "0.5", quantization);
            run(place, request(model, joint, "q", "dense"), "q");

            double both = perplexity(place, folder.resolve("q"), model.resolve("ids.safetensors"));

            assertThat(both / 19.656898 - 1).isBetween(-0.02, worse);
        }
    }

    @Test
    void overridesGiveLinearsTargetsOfTheirOwn() throws Exception {
        Path model = Jobs.shared("models/stories260K");
        Method method =
                method(
                        MethodName.SPARSEGPT,
                        "0.5",
                        null,
                        new TargetOverride("re:.*down_proj", 0.25, null),
                        new TargetOverride("*.0.self_attn.*", null, "1:4"));
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            PlanRunner runner = run(place, request(model, method, "out", "dense"), "j");
            runner.run(runner.report(), "report", 1);

            assertThat(runner.layers())
                    .allSatisfy(
                            l -> assertThat(l.sparsity()).isCloseTo(share(l.name()), offset(1e-3)));
            JsonNode report =
                    MessageCodec.mapper()
                            .readTree(folder.resolve("out/sparsemesh-report.json").toFile());
            assertThat(report.at("/request/method/overrides/re:.*down_proj/sparsity").asDouble())
                    .isEqualTo(0.25);
            assertThat(report.at("/layers/0/target").asText()).isEqualTo("1:4");
        }
    }

    private static double share(String name) {
        if (name.endsWith("down_proj")) {
            return 0.25;
        }
        return name.contains(".0.self_attn") ? 0.75 : 0.5;
    }

    @Test
    void patternOfAnOverrideIsVerified() throws Exception {
        Path model = Jobs.shared("golden/models/llama");
        Method asked = method(MethodName.SPARSEGPT, "0.5", null);
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            PlanRunner runner = run(place, request(model, asked, "out", "dense"), "j");
            Method claimed =
                    method(
                            MethodName.SPARSEGPT,
                            "0.5",
                            null,
                            new TargetOverride("o_proj", null, "1:4"));
            AssembleManifest manifest =
                    new AssembleManifest(
                            runner.job,
                            request(model, claimed, "out", "dense"),
                            weights(runner),
                            runner.layers());

            assertThatThrownBy(() -> runner.run(runner.assemble(manifest), "assemble", 2))
                    .isInstanceOf(ArtifactException.class)
                    .hasMessageContaining("o_proj")
                    .hasMessageContaining("expected at most 1 non-zeros");
        }
    }

    private static List<io.sparsemesh.contracts.artifact.ArtifactRef> weights(PlanRunner runner) {
        return runner.outputs.values().stream()
                .filter(Solved.class::isInstance)
                .map(output -> ((Solved) output).weights())
                .toList();
    }

    @Test
    void moreLevelsThanBitsAllowAreNamed() throws Exception {
        Path model = Jobs.shared("golden/models/llama");
        Method asked = method(MethodName.SPARSEGPT, "0.5", null);
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            PlanRunner runner = run(place, request(model, asked, "out", "dense"), "j");
            Method claimed = method(MethodName.SPARSEGPT, "0.5", new Quantization(2, false, 0));
            AssembleManifest manifest =
                    new AssembleManifest(
                            runner.job,
                            request(model, claimed, "out", "dense"),
                            weights(runner),
                            runner.layers());

            assertThatThrownBy(() -> runner.run(runner.assemble(manifest), "assemble", 2))
                    .isInstanceOf(ArtifactException.class)
                    .hasMessageContaining("expected at most 4 different weights from row");
        }
    }

    static Stream<Arguments> formats() {
        return Stream.of(
                        "golden/models/llama",
                        "golden/models/llama-bf16-sharded",
                        "golden/models/opt-f16",
                        "golden/models/gpt2")
                .flatMap(
                        model ->
                                Stream.of("sparse-bitmask", "pack-quantized")
                                        .filter(f -> !(f + model).equals("pack-quantized" + GPT2))
                                        .map(format -> Arguments.of(model, format)));
    }

    private static final String GPT2 = "golden/models/gpt2";

    @ParameterizedTest
    @MethodSource("formats")
    void compressedOutputExpandsToTheDenseOneByteForByte(String name, String format)
            throws Exception {
        Path model = Jobs.shared(name);
        Method method = method(MethodName.SPARSEGPT, "2:4", new Quantization(4, true, 0));
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            Assembled dense = run(place, request(model, method, "dense", "dense"), "d").assembled();
            Assembled small = run(place, request(model, method, "small", format), "s").assembled();

            try (ModelFolder expanded = ModelFolder.openExpanded(folder.resolve("small"))) {
                assertThat(expanded.isExpanded()).isTrue();
                List<FileDigest> back =
                        ModelFolderWriter.write(
                                expanded, Map.of(), folder.resolve("back"), IfExists.REFUSE);
                assertThat(tensors(folder.resolve("back")))
                        .isEqualTo(tensors(folder.resolve("dense")));
                if (!expanded.isSharded()) {
                    assertThat(FileDigest.overall(back)).isEqualTo(dense.sha256());
                }
            }
            assertThat(small.sparsity()).isEqualTo(dense.sparsity());
            assertThat(small.sha256()).isNotEqualTo(dense.sha256());
        }
    }

    /// Digests of the bits of all tensors by name.
    private static Map<String, Integer> tensors(Path path) {
        Map<String, Integer> digests = new java.util.TreeMap<>();
        try (ModelFolder model = ModelFolder.open(path)) {
            for (String name : model.tensors().keySet()) {
                Tensor tensor = model.tensor(name);
                byte[] bytes = tensor.data().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
                digests.put(name + tensor.shape() + tensor.dtype(), Arrays.hashCode(bytes));
            }
        }
        return digests;
    }

    @Test
    void compressedOutputIsSmallerAndScoresAlike() throws Exception {
        Path model = Jobs.shared("models/stories260K");
        Path ids = model.resolve("ids.safetensors");
        Method method = method(MethodName.SPARSEGPT, "0.5", new Quantization(4, true, 0));
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            run(place, request(model, method, "dense", "dense"), "d");
            double dense = perplexity(place, folder.resolve("dense"), ids);
            for (String format : List.of("sparse-bitmask", "pack-quantized")) {
                run(place, request(model, method, format, format), format);

                assertThat(perplexity(place, folder.resolve(format), ids)).isEqualTo(dense);
                assertThat(size(folder.resolve(format)))
                        .isLessThan(size(folder.resolve("dense")) * 8 / 10);
            }
        }
    }

    private static long size(Path path) throws Exception {
        return Files.size(path.resolve("model.safetensors"));
    }

    @Test
    void brokenCompressedFolderIsWrittenAnew() throws Exception {
        Path model = Jobs.shared("golden/models/llama-bf16-sharded");
        Method method = method(MethodName.MAGNITUDE, "2:4", null);
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            PlanRunner runner = run(place, request(model, method, "out", "sparse-bitmask"), "j");
            Path index = folder.resolve("out/model.safetensors.index.json");
            Files.writeString(
                    index,
                    Files.readString(index)
                            .replaceFirst("\"total_size\": \\d+", "\"total_size\": 7"));

            assertThat(runner.run(runner.assemble(), "assemble", 2)).isEqualTo(runner.assembled());
            assertThat(Files.readString(index)).doesNotContain("\"total_size\": 7,");
            assertThat(runner.layers()).extracting(LayerReport::target).containsOnly("2:4");
        }
    }
}
