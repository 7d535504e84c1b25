package io.sparsemesh.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFolderTest {

    private static final String INDEX = "model.safetensors.index.json";

    @TempDir Path root;
    private Path folder;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createDirectory(root.resolve("tiny"));
        RawFiles.write(folder.resolve("config.json"), "{\"model_type\": \"opt\"}");
    }

    @Test
    void oneFileIsOpenedWithoutTokenizer() {
        RawFiles.valid(folder.resolve("model.safetensors"), "a", "b");

        try (ModelFolder model = ModelFolder.open(folder)) {
            assertThat(model.modelType()).isEqualTo("opt");
            assertThat(model.isSharded()).isFalse();
            assertThat(model.tensors().sequencedKeySet()).containsExactly("a", "b");
            assertThat(model.has("b")).isTrue();
            assertThat(model.has("c")).isFalse();
            assertThat(model.tensor("b").toFloats()).containsExactly(0, 0);
            assertThat(model.sidecars()).containsExactly(folder.resolve("config.json"));
            assertThatThrownBy(() -> model.tensor("c"))
                    .hasMessage("[tiny] tensor 'c': not in this model of 2 tensors");
        }
    }

    @Test
    void shardsAreOpenedInTheOrderOfTheIndex() {
        shard("s1.safetensors", "a");
        shard("s2.safetensors", "b", "c");
        index(
                "{\"metadata\":{\"total_size\":24},\"weight_map\":{\"c\":\"s2.safetensors\","
                        + "\"a\":\"s1.safetensors\",\"b\":\"s2.safetensors\"}}");

        try (ModelFolder model = ModelFolder.open(folder)) {
            assertThat(model.isSharded()).isTrue();
            assertThat(model.shards().sequencedKeySet())
                    .containsExactly("s2.safetensors", "s1.safetensors");
            assertThat(model.tensors().sequencedKeySet()).containsExactly("b", "c", "a");
            assertThat(model.tensor("a").elements()).isEqualTo(2);
        }
    }

    @Test
    void linksAreFollowed() throws IOException {
        Path blob = RawFiles.valid(root.resolve("0123abc"), "a");
        Files.createSymbolicLink(folder.resolve("model.safetensors"), blob);
        Path link = Files.createSymbolicLink(root.resolve("link"), folder);

        try (ModelFolder model = ModelFolder.open(link)) {
            assertThat(model.has("a")).isTrue();
            assertThat(model.shards().firstEntry().getValue().name())
                    .isEqualTo("model.safetensors");
        }
    }

    @Test
    void closedTensorsCannotBeRead() {
        RawFiles.valid(folder.resolve("model.safetensors"), "a");
        ModelFolder model = ModelFolder.open(folder);
        Tensor tensor = model.tensor("a");

        model.close();
        model.close();

        assertThatThrownBy(tensor::toFloats).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void onlyTheModelsOwnFilesAreSidecars() throws IOException {
        RawFiles.valid(folder.resolve("model.safetensors"), "a");
        List<String> sidecars =
                List.of(
                        "LICENSE",
                        "LICENSE.txt",
                        "README.md",
                        "added_tokens.json",
                        "chat_template.jinja",
                        "config.json",
                        "generation_config.json",
                        "merges.txt",
                        "special_tokens_map.json",
                        "spiece.model",
                        "tokenizer.json",
                        "tokenizer.model",
                        "tokenizer_config.json",
                        "vocab.json");
        for (String name : sidecars.stream().filter(name -> !name.equals("config.json")).toList()) {
            RawFiles.write(folder.resolve(name), name);
        }
        for (String other :
                List.of(
                        "modeling_opt.py",
                        "optimizer.bin",
                        "golden.safetensors",
                        "pytorch_model.bin",
                        ".tokenizer.json",
                        "tokenizer.json.orig",
                        "trainer_state.json")) {
            RawFiles.write(folder.resolve(other), other);
        }
        Files.createDirectory(folder.resolve("dir.model"));

        try (ModelFolder model = ModelFolder.open(folder)) {
            assertThat(model.sidecars())
                    .extracting(path -> path.getFileName().toString())
                    .containsExactlyElementsOf(sidecars);
        }
    }

    @Test
    void missingFolderFileForFolderAndMissingPartsAreToldApart() throws IOException {
        assertRefused(root.resolve("none"), "[none] expected a model folder, found nothing");
        assertRefused(
                folder.resolve("config.json"),
                "[config.json] expected a model folder, found a file");
        assertRefused(
                folder,
                "[tiny] expected model.safetensors or model.safetensors.index.json, found neither");
        shard("other.safetensors", "a");
        assertRefused(
                folder,
                "[tiny] expected model.safetensors or model.safetensors.index.json, found"
                        + " 'other.safetensors'");
        shard("model.safetensors", "a");
        Files.delete(folder.resolve("config.json"));
        assertRefused(folder, "[tiny] expected config.json, found none");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pytorch_model.bin",
                "model.pt",
                "consolidated.00.pth",
                "last.ckpt",
                "weights.pkl",
                "model.ZIP"
            })
    void picklesAndArchivesAreRefusedWithAHint(String weights) {
        RawFiles.write(folder.resolve(weights), new byte[] {(byte) 0x80, 2});

        assertRefused(
                folder,
                "[tiny] expected model.safetensors or model.safetensors.index.json, found only '"
                        + weights
                        + "'; pickle files can run code and are never read, nor are archives:"
                        + " convert the model"
                        + " to safetensors, for example with save_pretrained(...,"
                        + " safe_serialization=True)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "../a.safetensors | '../a.safetensors'",
                "sub/a.safetensors | 'sub/a.safetensors'",
                "/etc/a.safetensors | '/etc/a.safetensors'",
                "..\\\\a.safetensors | '..\\a.safetensors'",
                "C:a.safetensors | 'C:a.safetensors'",
                ".. | '..'",
                ".safetensors | '.safetensors'",
                "config.json | 'config.json'",
                "a.safetensors\\u0000 | 'a.safetensors\\u0000'",
                "a\\u0000.safetensors | 'a\\u0000.safetensors'",
                "a\\n.safetensors | 'a\\u000a.safetensors'",
                "a\\u2215b.safetensors | 'a\u2215b.safetensors'",
                "`` | ''"
            })
    void pathTricksInTheIndexAreRefused(String file, String shown) {
        shard("a.safetensors", "x");
        RawFiles.valid(root.resolve("a.safetensors"), "x");
        index("{\"weight_map\":{\"x\":\"%s\"}}".formatted(file));

        assertRefused(
                folder,
                "[model.safetensors.index.json] tensor 'x': expected a bare file name ending in"
                        + " .safetensors, found "
                        + shown);
    }

    @Test
    void brokenIndexIsRefused() {
        shard("a.safetensors", "x");
        assertIndexRefused("", "index: expected a JSON object");
        assertIndexRefused("[]", "index: expected a JSON object");
        assertIndexRefused("{}", "expected a weight_map, found none or empty");
        assertIndexRefused("{\"weight_map\":{}}", "expected a weight_map, found none or empty");
        assertIndexRefused("{\"weight_map\":[]}", "weight_map: expected an object");
        assertIndexRefused("{\"weight_map\":{\"x\":1}}", "tensor 'x': expected a file name");
        assertIndexRefused(
                "{\"weight_map\":{\"\":\"a.safetensors\"}}",
                "expected a name of 1 to 512 bytes, found 0");
        assertIndexRefused(
                "{\"weight_map\":{\"x\":\"a.safetensors\",\"x\":\"b.safetensors\"}}",
                "index is not valid JSON: Duplicate field 'x'");
        assertIndexRefused(
                "{\"weight_map\":{\"x\":\"a.safetensors\"},"
                        + "\"weight_map\":{\"y\":\"a.safetensors\"}}",
                "index is not valid JSON: Duplicate field 'weight_map'");
        assertIndexRefused(
                "{\"weight_map\":{\"x\":\"a.safetensors\"}",
                "index is not valid JSON: Unexpected end-of-input");
    }

    private void assertIndexRefused(String json, String message) {
        index(json);
        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("[" + INDEX + "] " + message);
    }

    @Test
    void indexAndShardsMustAgree() {
        shard("a.safetensors", "x");
        index("{\"weight_map\":{\"x\":\"a.safetensors\",\"z\":\"a.safetensors\"}}");
        assertRefused(folder, "[a.safetensors] tensor 'z': the index places it here, found none");

        shard("a.safetensors", "x", "y");
        index("{\"weight_map\":{\"x\":\"a.safetensors\"}}");
        assertRefused(folder, "[a.safetensors] tensor 'y': is missing in the index");

        shard("b.safetensors", "x");
        index("{\"weight_map\":{\"x\":\"b.safetensors\",\"y\":\"a.safetensors\"}}");
        assertRefused(folder, "[a.safetensors] tensor 'x': the index places it in b.safetensors");

        index("{\"weight_map\":{\"x\":\"c.safetensors\"}}");
        assertRefused(folder, "[c.safetensors] expected a file, found nothing");
    }

    @Test
    void brokenConfigIsRefused() {
        shard("model.safetensors", "x");
        assertConfigRefused("", "expected a JSON object");
        assertConfigRefused("[1]", "expected a JSON object");
        assertConfigRefused("{\"a\":1,\"a\":2}", "content is not valid JSON: Duplicate field 'a'");
        assertConfigRefused("{} x", "content is not valid JSON: Unrecognized token 'x'");
        assertConfigRefused("{} {}", "content is not valid JSON: Trailing token");
        assertConfigRefused("{\"a\":NaN}", "content is not valid JSON: Non-standard token 'NaN'");
    }

    private void assertConfigRefused(String json, String message) {
        RawFiles.write(folder.resolve("config.json"), json);
        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("[config.json] " + message);
    }

    @Test
    void modelTypeMustBeAString() {
        shard("model.safetensors", "x");
        RawFiles.write(folder.resolve("config.json"), "{\"model_type\":7}");

        try (ModelFolder model = ModelFolder.open(folder)) {
            assertThatThrownBy(model::modelType)
                    .hasMessage("[config.json] model_type: expected a string, found NUMBER");
        }
    }

    private void assertRefused(Path path, String message) {
        assertThatThrownBy(() -> ModelFolder.open(path))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(message);
    }

    private void shard(String name, String... tensors) {
        RawFiles.valid(folder.resolve(name), tensors);
    }

    private void index(String json) {
        RawFiles.write(folder.resolve(INDEX), json);
    }
}
