package io.sparsemesh.checkpoint;

import static io.sparsemesh.checkpoint.ModelFolderWriter.IfExists.REFUSE;
import static io.sparsemesh.checkpoint.ModelFolderWriter.IfExists.REPLACE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderWriterTest {

    private static final List<String> FILES =
            List.of(
                    "config.json",
                    "model-1.safetensors",
                    "model-2.safetensors",
                    "model.safetensors.index.json",
                    "tokenizer.json");

    @TempDir Path root;
    private Path source;
    private Path target;

    /// Two shards; in the first a U8 tensor lies before a BF16 one, at an odd place.
    @BeforeEach
    void makeSource() throws IOException {
        source = Files.createDirectory(root.resolve("source"));
        target = root.resolve("target");
        RawFiles.write(source.resolve("config.json"), "{ \"model_type\":\t\"opt\" }\n");
        RawFiles.write(source.resolve("tokenizer.json"), "{}");
        RawFiles.write(source.resolve("notes.txt"), "not a part of the model");
        RawFiles.write(
                source.resolve("model.safetensors.index.json"),
                "{\"weight_map\": {\"y\": \"model-1.safetensors\", \"x\": \"model-1.safetensors\","
                        + " \"z\": \"model-2.safetensors\"}}");
        byte[] header =
                ("{\"__metadata__\":{\"by\":\"hand\"},"
                                + "\"y\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[3,7]},"
                                + "\"x\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}")
                        .getBytes(StandardCharsets.UTF_8);
        RawFiles.write(
                source.resolve("model-1.safetensors"),
                RawFiles.bytes(header.length, header, new byte[] {1, 2, 3, 0, 64, 0, 65}));
        RawFiles.valid(source.resolve("model-2.safetensors"), "z");
    }

    @Test
    void replacedTensorsAreNewAndAllElseIsOld() {
        List<FileDigest> files;
        try (ModelFolder model = ModelFolder.open(source)) {
            MemorySegment floats = MemorySegment.ofArray(new float[] {1, -0f});
            files =
                    ModelFolderWriter.write(
                            model,
                            Map.of("y", TensorSource.converted(Dtype.BF16, floats)),
                            target,
                            REFUSE);
        }

        assertThat(RawFiles.entries(target)).isEqualTo(FILES);
        assertThat(files)
                .isEqualTo(
                        FILES.stream().map(name -> FileDigest.of(target.resolve(name))).toList());
        for (String same :
                List.of("config.json", "tokenizer.json", "model.safetensors.index.json")) {
            assertThat(target.resolve(same)).hasSameBinaryContentAs(source.resolve(same));
        }
        try (ModelFolder copy = ModelFolder.open(target)) {
            SafetensorsFile shard = copy.shards().get("model-1.safetensors");
            assertThat(shard.tensors().sequencedKeySet()).containsExactly("x", "y");
            assertThat(shard.metadata()).isEqualTo(Map.of("by", "hand", "format", "pt"));
            assertThat(copy.tensor("x").readLongs(0, 3)).containsExactly(1, 2, 3);
            assertThat(copy.tensor("y").dtype()).isEqualTo(Dtype.BF16);
            assertThat(copy.tensor("y").toFloats()).containsExactly(1, -0f);
            assertThat(copy.tensor("z").toFloats()).containsExactly(0, 0);
        }
        assertThat(RawFiles.entries(root)).containsExactly("source", "target");
    }

    @Test
    void linkedFilesAreCopiedAsFiles() throws IOException {
        Path blob = Files.move(source.resolve("tokenizer.json"), root.resolve("blob"));
        Files.createSymbolicLink(source.resolve("tokenizer.json"), blob);

        copy(REFUSE);

        assertThat(Files.isSymbolicLink(target.resolve("tokenizer.json"))).isFalse();
        assertThat(target.resolve("tokenizer.json")).hasSameBinaryContentAs(blob);
    }

    @Test
    void twoCopiesAreEqualAndACopyOfACopyToo() {
        List<FileDigest> first = copy(REFUSE);
        List<FileDigest> second = copy(REPLACE);
        source = target;
        target = root.resolve("third");

        assertThat(second).isEqualTo(first);
        assertThat(copy(REFUSE)).isEqualTo(first);
    }

    @Test
    void existingTargetIsRefusedUnlessItMayBeReplaced() throws IOException {
        Files.createDirectory(target);
        RawFiles.write(target.resolve("old"), "old");

        assertThatThrownBy(() -> copy(REFUSE))
                .isInstanceOf(CheckpointException.class)
                .hasMessage("[target] expected no such folder yet, found one");
        assertThat(RawFiles.entries(target)).containsExactly("old");

        copy(REPLACE);
        assertThat(RawFiles.entries(target)).isEqualTo(FILES);
        assertThat(RawFiles.entries(root)).containsExactly("source", "target");
    }

    @Test
    void modelCanReplaceItself() {
        try (ModelFolder model = ModelFolder.open(source)) {
            ModelFolderWriter.write(
                    model,
                    Map.of("x", sink -> sink.write(MemorySegment.ofArray(new byte[] {9, 9, 9}))),
                    source,
                    REPLACE);
            assertThat(model.tensor("x").readLongs(0, 3)).containsExactly(1, 2, 3);
        }
        try (ModelFolder model = ModelFolder.open(source)) {
            assertThat(model.tensor("x").readLongs(0, 3)).containsExactly(9, 9, 9);
        }
    }

    @Test
    void failureInTheMiddleLeavesNothing() {
        for (boolean existed : new boolean[] {false, true}) {
            TensorSource.Content failing =
                    sink -> {
                        sink.write(MemorySegment.ofArray(new byte[1]));
                        throw new IOException("no more");
                    };
            assertThatThrownBy(() -> copy(Map.of("z", failing), REPLACE))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessage(
                            "[model-2.safetensors] tensor 'z': cannot be written:"
                                    + " java.io.IOException: no more");
            assertThat(RawFiles.entries(root))
                    .isEqualTo(existed ? List.of("source", "target") : List.of("source"));
            copy(REPLACE);
            assertThat(RawFiles.entries(target)).isEqualTo(FILES);
        }
    }

    @Test
    void replacementMustFitATensor() {
        assertThatThrownBy(() -> copy(Map.of("w", _ -> {}), REFUSE))
                .hasMessage("[source] tensor 'w': cannot be replaced, found none");
        assertThatThrownBy(
                        () ->
                                copy(
                                        Map.of(
                                                "z",
                                                sink ->
                                                        sink.write(
                                                                MemorySegment.ofArray(
                                                                        new byte[4]))),
                                        REFUSE))
                .hasMessage("[model-2.safetensors] tensor 'z': expected 8 bytes, found 4");
        assertThat(RawFiles.entries(root)).containsExactly("source");
    }

    @Test
    void missingParentIsNamed() {
        target = root.resolve("no/target");

        assertThatThrownBy(() -> copy(REFUSE))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("[target] cannot be written: ");
    }

    @Test
    void emptySidecarIsCopied() {
        RawFiles.write(source.resolve("merges.txt"), "");

        copy(REFUSE);

        assertThat(target.resolve("merges.txt")).isEmptyFile();
    }

    @Test
    void overallDigestIsThatOfTheSortedLines() {
        String abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        String empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        RawFiles.write(root.resolve("b"), "abc");
        RawFiles.write(root.resolve("a"), "");
        List<FileDigest> files =
                List.of(FileDigest.of(root.resolve("b")), FileDigest.of(root.resolve("a")));

        assertThat(files)
                .containsExactly(new FileDigest("b", 3, abc), new FileDigest("a", 0, empty));
        RawFiles.write(root.resolve("sums"), empty + "  a\n" + abc + "  b\n");
        assertThat(FileDigest.overall(files))
                .isEqualTo(FileDigest.of(root.resolve("sums")).sha256());
    }

    private List<FileDigest> copy(ModelFolderWriter.IfExists ifExists) {
        return copy(Map.of(), ifExists);
    }

    private List<FileDigest> copy(
            Map<String, TensorSource.Content> replacements, ModelFolderWriter.IfExists ifExists) {
        try (ModelFolder model = ModelFolder.open(source)) {
            return ModelFolderWriter.write(model, replacements, target, ifExists);
        }
    }
}
