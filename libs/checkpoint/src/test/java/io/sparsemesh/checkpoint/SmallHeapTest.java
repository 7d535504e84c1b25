package io.sparsemesh.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Hostile files built to exhaust the heap. Surefire runs this module's tests with -Xmx256m.
class SmallHeapTest {

    private static final int LIMIT = 16 << 20;

    @TempDir Path folder;

    @BeforeEach
    void heapIsSmall() {
        assertThat(Runtime.getRuntime().maxMemory()).isLessThanOrEqualTo(256 << 20);
    }

    @ParameterizedTest
    @ValueSource(
            longs = {LIMIT + 1, 1L << 31, 1L << 32, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void headerLengthIsNotBelieved(long length) throws IOException {
        Path path = sparse(length, 64L << 30);

        assertRefused(path, "expected a header of 2 to 16777216 bytes, found a length of ");
    }

    @Test
    void headerOfTheGreatestLengthInABigFileIsRead() throws IOException {
        Path path = sparse(LIMIT, 64L << 30);

        assertRefused(path, "expected a header that begins with '{', found byte 0x00");
    }

    @Test
    void seventyThousandTensorsAreRefused() throws IOException {
        Path path =
                header(
                        i ->
                                "\"t%d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}"
                                        .formatted(i),
                        70_000);

        assertRefused(path, "expected at most 65536 tensors, found more");
    }

    @Test
    void greatestLegalHeaderIsRead() {
        String shape = "0" + ",200".repeat(31);
        String entry = "\"t%d\":{\"dtype\":\"U8\",\"shape\":[%s],\"data_offsets\":[0,0]}";
        Path path = header(i -> entry.formatted(i, shape), 65_536);

        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.tensors()).hasSize(65_536);
            assertThat(file.tensor("t65535").rank()).isEqualTo(32);
        }
    }

    @Test
    void manyShardsOfGreatHeadersAreRefused() throws IOException {
        Path model = Files.createDirectory(folder.resolve("m"));
        String header =
                "{\"__metadata__\":{\"a\":\""
                        + "v".repeat(3 << 20)
                        + "\"},\"t%d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}";
        StringBuilder index = new StringBuilder("{\"weight_map\":{");
        for (int i = 0; i < 60; i++) {
            RawFiles.write(
                    model.resolve(i + ".safetensors"), RawFiles.bytes(header.formatted(i), 0));
            index.append(i == 0 ? "" : ",").append("\"t%d\":\"%d.safetensors\"".formatted(i, i));
        }
        RawFiles.write(model.resolve("config.json"), "{}");
        RawFiles.write(
                model.resolve("model.safetensors.index.json"), index.append("}}").toString());

        assertThatThrownBy(() -> ModelFolder.open(model))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(
                        "[5.safetensors] expected headers of at most 16777216 bytes in all shards"
                                + " up to here, found 188");
    }

    /// The most that are taken, each with a mapping; of one more none is there to be opened.
    @Test
    void moreShardsThanMayBeMappedAreRefusedUnopened() throws IOException {
        Path model = Files.createDirectory(folder.resolve("m"));
        RawFiles.write(model.resolve("config.json"), "{}");
        index(model, Limits.SHARDS + 1);

        assertThatThrownBy(() -> ModelFolder.open(model))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(
                        "[model.safetensors.index.json] expected at most 4096 shards, found 4097");

        index(model, Limits.SHARDS);
        for (int i = 0; i < Limits.SHARDS; i++) {
            RawFiles.valid(model.resolve(i + ".safetensors"), "t" + i);
        }
        try (ModelFolder opened = ModelFolder.open(model)) {
            assertThat(opened.shards()).hasSize(Limits.SHARDS);
        }
    }

    private static void index(Path model, int shards) {
        String map =
                IntStream.range(0, shards)
                        .mapToObj(i -> "\"t%d\":\"%d.safetensors\"".formatted(i, i))
                        .collect(Collectors.joining(",", "{\"weight_map\":{", "}}"));
        RawFiles.write(model.resolve("model.safetensors.index.json"), map);
    }

    @Test
    void metadataWithoutEndIsRefused() throws IOException {
        Path path = headerText("{\"__metadata__\":{", i -> "\"%x\":\"\"".formatted(i));

        assertRefused(path, "__metadata__: expected at most 4096 entries");
    }

    @Test
    void shapeWithoutEndIsRefused() throws IOException {
        Path path = headerText("{\"x\":{\"shape\":[", _ -> "1000");

        assertRefused(path, "tensor 'x': shape: expected at most 32 numbers");
    }

    @Test
    void nameOfSixteenMebibytesIsRefused() throws IOException {
        assertRefused(
                headerText("{\"", _ -> "aaaaaaaaaaaaaaaa", ""),
                "header is not valid JSON: Unexpected end-of-input in field name");

        String name = "b".repeat(LIMIT - 7);
        byte[] json = ("{\"" + name + "\":{}}").getBytes(StandardCharsets.UTF_8);
        assertThat(json).hasSize(LIMIT);
        Path path = folder.resolve("model.safetensors");
        assertRefused(
                RawFiles.write(path, RawFiles.bytes(LIMIT, json, new byte[0])),
                "header is not valid JSON: Name length (16777209) exceeds the maximum allowed"
                        + " (50000");
    }

    @Test
    void numberOfSixteenMebibytesIsRefused() throws IOException {
        Path path = headerText("{\"x\":{\"shape\":[1", _ -> "1", "");

        assertRefused(path, "header is not valid JSON: Number value length (");
    }

    @Test
    void metadataValueOfSixteenMebibytesIsRead() throws IOException {
        String head = "{\"__metadata__\":{\"a\":\"";
        String value = "v".repeat(LIMIT - head.length() - 3);
        byte[] json = (head + value + "\"}}").getBytes(StandardCharsets.UTF_8);
        Path path =
                RawFiles.write(
                        folder.resolve("model.safetensors"),
                        RawFiles.bytes(json.length, json, new byte[0]));

        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.metadata().get("a")).hasSize(value.length());
        }
    }

    @Test
    void nestingBombsAreRefused() throws IOException {
        assertRefused(
                headerText("{\"x\":", _ -> "[", ""),
                "header field 'x': expected an object, found START_ARRAY");
        assertRefused(
                headerText("{\"x\":{\"shape\":", _ -> "[", ""),
                "tensor 'x': shape: expected whole numbers, found START_ARRAY");
        assertRefused(headerText("", _ -> "{\"x\":", ""), "tensor 'x': unknown field 'x'");
    }

    @Test
    void nestingBombsInIndexAndConfigAreRefused() throws IOException {
        Path model = Files.createDirectory(folder.resolve("m"));
        RawFiles.write(model.resolve("config.json"), "{\"a\":" + "[".repeat(1_000_000));
        RawFiles.write(
                model.resolve("model.safetensors.index.json"),
                "{\"metadata\":" + "[".repeat(LIMIT - 100));

        assertThatThrownBy(() -> ModelFolder.open(model))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(
                        "[model.safetensors.index.json] index is not valid JSON: Document"
                                + " nesting depth (5) exceeds the maximum allowed (4");

        Files.delete(model.resolve("model.safetensors.index.json"));
        RawFiles.valid(model.resolve("model.safetensors"), "x");
        assertThatThrownBy(() -> ModelFolder.open(model))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(
                        "[config.json] content is not valid JSON: Document nesting depth (33)"
                                + " exceeds the maximum allowed (32");
    }

    @Test
    void indexAndConfigBeyondTheirSizeAreRefused() throws IOException {
        Path model = Files.createDirectory(folder.resolve("m"));
        truncated(model.resolve("config.json"), 64L << 30);
        truncated(model.resolve("model.safetensors.index.json"), 64L << 30);

        assertThatThrownBy(() -> ModelFolder.open(model))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(
                        "[model.safetensors.index.json] expected at most 16777216 bytes,"
                                + " found 68719476736");

        RawFiles.valid(model.resolve("model.safetensors"), "x");
        assertThatThrownBy(() -> ModelFolder.open(model))
                .isInstanceOf(CheckpointException.class)
                .hasMessage("[config.json] expected at most 1048576 bytes, found 68719476736");
    }

    @Test
    void configOfManySmallObjectsIsRead() throws IOException {
        Path model = Files.createDirectory(folder.resolve("m"));
        String objects = "{},".repeat(340_000);
        RawFiles.write(model.resolve("config.json"), "{\"a\":[" + objects + "{}]}");
        RawFiles.valid(model.resolve("model.safetensors"), "x");

        try (ModelFolder opened = ModelFolder.open(model)) {
            assertThat(opened.config().get("a")).hasSize(340_001);
        }
    }

    @Test
    void openedFilesThatWereRefusedAreUnmapped() throws IOException {
        Path path = sparse(LIMIT, 64L << 30);
        for (int i = 0; i < 20; i++) {
            assertRefused(path, "expected a header that begins with '{'");
        }
        Path maps = Path.of("/proc/self/maps");
        assumeTrue(Files.isReadable(maps), "no " + maps + " to look at");
        assertThat(Files.readString(maps)).doesNotContain(folder.toString());
    }

    private void assertRefused(Path path, String message) {
        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("[model.safetensors] " + message);
    }

    /// A file of zeros, without disk space, that claims a header of `length`.
    private Path sparse(long length, long size) throws IOException {
        Path path = folder.resolve("model.safetensors");
        truncated(path, size);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.write(
                    ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array());
        }
        return path;
    }

    private static void truncated(Path path, long size) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        }
    }

    private Path header(IntFunction<String> field, int count) {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < count; i++) {
            json.append(i == 0 ? "" : ",").append(field.apply(i));
        }
        return RawFiles.write(
                folder.resolve("model.safetensors"),
                RawFiles.bytes(json.append("}").toString(), 0));
    }

    private Path headerText(String head, IntFunction<String> piece) throws IOException {
        return headerText(head, piece, ",");
    }

    /// A header of just under 16 MiB: `head`, then pieces, and no end.
    private Path headerText(String head, IntFunction<String> piece, String separator)
            throws IOException {
        Path path = folder.resolve("model.safetensors");
        try (OutputStream out = Files.newOutputStream(path)) {
            out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(LIMIT).array());
            Writer text =
                    new java.io.BufferedWriter(
                            new java.io.OutputStreamWriter(out, StandardCharsets.US_ASCII));
            text.write(head);
            int length = head.length();
            for (int i = 0; length < LIMIT; i++) {
                String next = piece.apply(i) + separator;
                text.write(next);
                length += next.length();
            }
            text.flush();
        }
        return path;
    }
}
