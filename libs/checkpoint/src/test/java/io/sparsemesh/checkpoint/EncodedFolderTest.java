package io.sparsemesh.checkpoint;

import static io.sparsemesh.checkpoint.ModelFolderWriter.IfExists.REFUSE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whole folders with encoded weights, and back.
class EncodedFolderTest {

    private static final String CONFIG = "{\n  \"model_type\" : \"opt\",\n  \"n\": [1]\n}\n";

    @TempDir Path root;
    private Path dense;

    /// Two shards with an index as Hugging Face writes it; all weights are integers times 0.5.
    @BeforeEach
    void makeFolder() throws IOException {
        dense = Files.createDirectory(root.resolve("dense"));
        RawFiles.write(dense.resolve("config.json"), CONFIG);
        RawFiles.write(dense.resolve("tokenizer.json"), "{}");
        write("model-1.safetensors", "a.weight", "a.bias", "b.weight");
        write("model-2.safetensors", "norm", "c.weight");
        RawFiles.write(
                dense.resolve("model.safetensors.index.json"),
                """
                {
                  "metadata": {
                    "total_size": 72
                  },
                  "weight_map": {
                    "a.bias": "model-1.safetensors",
                    "a.weight": "model-1.safetensors",
                    "b.weight": "model-1.safetensors",
                    "c.weight": "model-2.safetensors",
                    "norm": "model-2.safetensors"
                  }
                }
                """);
    }

    private void write(String shard, String... names) {
        List<TensorSource> tensors =
                java.util.stream.Stream.of(names).map(EncodedFolderTest::tensor).toList();
        SafetensorsWriter.write(dense.resolve(shard), tensors, Map.of("format", "pt"));
    }

    private static TensorSource tensor(String name) {
        boolean matrix = name.endsWith(".weight");
        float[] values = matrix ? new float[] {0, 1, -1.5f, 0, 0, 3.5f, -4, 0} : new float[6];
        List<Long> shape = matrix ? List.of(2L, 4L) : List.of(6L);
        return TensorSource.ofF32(name, Dtype.BF16, shape, MemorySegment.ofArray(values));
    }

    private static Map<String, byte[]> bytes(Path folder) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        for (String name : RawFiles.entries(folder)) {
            files.put(name, Files.readAllBytes(folder.resolve(name)));
        }
        return files;
    }

    private static void assertSameFiles(Path found, Path expected) throws IOException {
        Map<String, byte[]> files = bytes(found);
        Map<String, byte[]> wanted = bytes(expected);
        assertThat(files.keySet()).isEqualTo(wanted.keySet());
        wanted.forEach((name, bytes) -> assertThat(files.get(name)).as(name).isEqualTo(bytes));
    }

    private List<FileDigest> encode(Path target, String format) {
        try (ModelFolder model = ModelFolder.open(dense)) {
            Map<String, List<TensorSource>> parts = new TreeMap<>();
            for (String name : List.of("a.weight", "c.weight")) {
                parts.put(name, parts(format, model.tensor(name)));
            }
            return ModelFolderWriter.writeEncoded(model, parts, config(format), target, REFUSE);
        }
    }

    private static List<TensorSource> parts(String format, Tensor weight) {
        if (format.equals("sparse-bitmask")) {
            return new SparseBitmask().encode(weight);
        }
        byte[] half = {0, 0x3f, 0, 0x3f};
        Tensor scale = new Tensor("s", Dtype.BF16, List.of(2L, 1L), MemorySegment.ofArray(half));
        return new PackedIntegers(4).encode(weight, scale);
    }

    private static ObjectNode config(String format) {
        return format.equals("sparse-bitmask")
                ? new SparseBitmask().config(0.5, "2:4", List.of("lm_head"))
                : new PackedIntegers(4).config(0, List.of("lm_head"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sparse-bitmask", "pack-quantized"})
    void encodedFolderIsSeenAndWrittenAsItWas(String format) throws IOException {
        Path encoded = root.resolve("encoded");
        List<FileDigest> files = encode(encoded, format);

        assertThat(files)
                .hasSize(5)
                .allMatch(f -> f.equals(FileDigest.of(encoded.resolve(f.name()))));
        try (ModelFolder back = ModelFolder.openExpanded(encoded)) {
            assertThat(back.isExpanded()).isTrue();
            assertThat(back.config().has("quantization_config")).isFalse();
            assertThat(back.tensors().keySet())
                    .containsExactlyInAnyOrder(
                            "a.weight", "a.bias", "b.weight", "c.weight", "norm");
            ModelFolderWriter.write(back, Map.of(), root.resolve("back"), REFUSE);
        }
        assertSameFiles(root.resolve("back"), dense);
    }

    @Test
    void rawFolderHoldsThePartsAndSaysSo() throws IOException {
        Path encoded = root.resolve("encoded");
        encode(encoded, "pack-quantized");

        try (ModelFolder raw = ModelFolder.open(encoded)) {
            assertThat(raw.isExpanded()).isFalse();
            assertThat(raw.tensors().keySet())
                    .contains("a.weight_packed", "a.weight_scale", "a.weight_shape", "b.weight")
                    .doesNotContain("a.weight");
            assertThat(
                            raw.config()
                                    .at(
                                            "/quantization_config/config_groups/group_0/weights/num_bits"))
                    .hasToString("4");
            long bytes = raw.tensors().values().stream().mapToLong(TensorInfo::byteSize).sum();
            assertThat(raw.indexedBytes()).hasValue(bytes);
        }
        assertThat(Files.readString(encoded.resolve("config.json")))
                .startsWith("{\"quantization_config\": {\"quant_method\":\"compressed-tensors\",")
                .endsWith(",\n  \"model_type\" : \"opt\",\n  \"n\": [1]\n}\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"quantization_config\": {\"x\": [1, {}]},\"a\":1}",
                "{ \"a\":1 , \"quantization_config\":{} }",
                "{\"a\": 1, \"quantization_config\" : {\"é\": \"}\"}, \"b\": 2}",
                "{\"quantization_config\": 1}",
            })
    void fieldIsTakenOutOfAnyPlace(String config) {
        byte[] plain =
                ConfigText.withoutField(
                        config.getBytes(StandardCharsets.UTF_8), "quantization_config");

        String text = new String(plain, StandardCharsets.UTF_8).replace(" ", "");
        assertThat(text).isIn("{\"a\":1}", "{\"a\":1,\"b\":2}", "{}");
    }

    @Test
    void folderWithoutADeclarationIsOpenedAsItIs() {
        try (ModelFolder model = ModelFolder.openExpanded(dense)) {
            assertThat(model.isExpanded()).isFalse();
        }
    }

    @Test
    void missingPartIsNamed() throws IOException {
        Path encoded = Files.createDirectory(root.resolve("encoded"));
        RawFiles.write(
                encoded.resolve("config.json"),
                "{\"quantization_config\": %s}".formatted(config("sparse-bitmask")));
        RawFiles.write(
                encoded.resolve("model.safetensors"),
                RawFiles.bytes(
                        "{\"a.compressed\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                        8));

        assertThatThrownBy(() -> ModelFolder.openExpanded(encoded))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("'a.shape'");
    }
}
