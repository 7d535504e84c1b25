package io.sparsemesh.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.sources.FakeHub;
import io.sparsemesh.sources.ModelSourceException;
import io.sparsemesh.sources.ModelSources;
import io.sparsemesh.sources.SourceSettings;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is too long to be read is not fetched: the two libraries do not know each other, and have
/// the same limits.
class RemoteLimitsTest {

    private static final int MEBIBYTE = 1 << 20;
    private static final String INDEX = "model.safetensors.index.json";

    @TempDir private Path folder;
    private Path model;

    @BeforeEach
    void layOut() throws IOException {
        model = Files.createDirectory(folder.resolve("m"));
        Files.writeString(model.resolve("config.json"), "{}");
    }

    private Path file(String name, long length) throws IOException {
        Path file = model.resolve(name);
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(length);
        }
        return file;
    }

    private void assertBothRefuse(String what) throws IOException {
        CheckpointException read =
                catchThrowableOfType(CheckpointException.class, () -> ModelFolder.open(model));
        assertThat(read).isNotNull().hasMessageContaining(what);
        SourceSettings none = SourceSettings.none();
        try (FakeHub hub = FakeHub.of(model)) {
            SourceSettings settings =
                    new SourceSettings(
                            Optional.of(folder.resolve("cache")),
                            OptionalLong.empty(),
                            SourceSettings.Hub.of(hub.endpoint(), Optional.empty()),
                            none.buckets(),
                            SourceSettings.Retrying.BRIEF);
            String uri = "hf://" + FakeHub.ID;
            ModelSourceException fetched =
                    catchThrowableOfType(
                            ModelSourceException.class,
                            () -> new ModelSources(settings).pin(uri, Optional.empty()));
            assertThat(fetched).isNotNull().hasMessageContaining(what);
        }
    }

    @Test
    void configIsAsLongAsItIsRead() throws IOException {
        file("model.safetensors", 100);
        file("config.json", MEBIBYTE + 1);

        assertBothRefuse("expected at most 1048576 bytes, found 1048577");
    }

    @Test
    void indexIsAsLongAsItIsRead() throws IOException {
        file(INDEX, 16 * MEBIBYTE + 1);

        assertBothRefuse("expected at most 16777216 bytes, found 16777217");
    }

    /// An index of a tensor in each of so many shards.
    private void index(int shards) throws IOException {
        String map =
                IntStream.range(0, shards)
                        .mapToObj(i -> "\"t%d\":\"%s\"".formatted(i, shard(i)))
                        .collect(Collectors.joining(",", "{\"weight_map\":{", "}}"));
        Files.writeString(model.resolve(INDEX), map);
    }

    private static String shard(int i) {
        return "model-%d.safetensors".formatted(i);
    }

    @Test
    void shardsAreAsManyAsAreOpened() throws IOException {
        for (int i = 0; i <= 4096; i++) {
            file(shard(i), 1);
        }
        index(4097);

        assertBothRefuse("expected at most 4096 shards, found 4097");
    }

    @Test
    void headersTogetherAreAsLongAsTheyAreRead() throws IOException {
        for (int i = 0; i < 2; i++) {
            header(i, 8 * MEBIBYTE + i);
        }
        index(2);

        assertBothRefuse(
                "expected headers of at most 16777216 bytes in all shards up to here,"
                        + " found 16777217");
    }

    private void header(int i, int length) throws IOException {
        String json =
                "{\"t%d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}".formatted(i);
        String padded = json + " ".repeat(length - json.length());
        Files.write(
                model.resolve(shard(i)),
                ByteBuffer.allocate(8 + length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(length)
                        .put(padded.getBytes(StandardCharsets.US_ASCII))
                        .array());
    }
}
