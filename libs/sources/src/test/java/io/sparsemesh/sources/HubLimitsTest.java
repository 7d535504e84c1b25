package io.sparsemesh.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparsemesh.sources.FakeHub.Fault;
import io.sparsemesh.sources.ModelSourceException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is too much of a model, by the list of its files, by their bytes or by the cache's limit.
class HubLimitsTest extends OnHub {

    @Test
    void modelThatDoesNotFitIsRefusedBeforeItsFirstByte() {
        ModelSources small = sources(Optional.empty(), OptionalLong.of(1000));

        assertThat(kindOfFetch(small)).isEqualTo(Kind.NO_SPACE);
        assertThatThrownBy(() -> small.folder(PINNED))
                .hasMessageContaining("expected at most 1000 bytes")
                .hasMessageContaining(
                        "%d more".formatted(weights.length + TinyModel.CONFIG.length));
        assertThat(hub.seen()).noneMatch(s -> s.path().contains("/resolve/"));
    }

    private FakeHub serveConfigAlone() throws IOException {
        hub.close();
        hub = FakeHub.empty().put("config.json", TinyModel.CONFIG);
        return hub;
    }

    private void assertUnusable(String message) {
        ModelSourceException fault =
                catchThrowableOfType(
                        ModelSourceException.class,
                        () -> sources().pin("hf://tiny/model", Optional.empty()));
        assertThat(fault).isNotNull().hasMessage("[hf://tiny/model] " + message);
        assertThat(fault.kind()).isEqualTo(Kind.UNUSABLE);
    }

    private void assertNoFileAsked() {
        assertThat(hub.seen()).noneMatch(s -> s.path().contains("/resolve/"));
    }

    @ParameterizedTest
    @CsvSource({
        "config.json, 1048576",
        "generation_config.json, 16777216",
        "tokenizer_config.json, 16777216",
        "chat_template.jinja, 16777216",
        "tokenizer.json, 268435456",
        "vocab.json, 268435456",
        "merges.txt, 268435456",
        "tokenizer.model, 268435456",
        "model.safetensors, 1099511627776",
    })
    void fileThatIsLongerThanItMayBeIsRefusedBeforeItsFirstByte(String file, long most) {
        hub.put(file, new byte[1]).claim(file, most + 1);
        assertUnusable("%s: expected at most %d bytes, found %d".formatted(file, most, most + 1));

        hub.claim(file, Long.MAX_VALUE);
        assertUnusable(
                "%s: expected at most %d bytes, found 9223372036854775807".formatted(file, most));

        hub.claim(file, -1);
        assertUnusable(file + ": expected its size in the list of files, found none");
        assertNoFileAsked();
    }

    @Test
    void longIndexIsRefusedBeforeItsFirstByte() throws IOException {
        String index = "model.safetensors.index.json";
        serveConfigAlone().put(index, new byte[2]).claim(index, (16 << 20) + 1);

        assertUnusable(index + ": expected at most 16777216 bytes, found 16777217");
        assertNoFileAsked();
    }

    /// The list says less than comes.
    @Test
    void fileThatDoesNotEndIsCutOffAndRemoved() throws IOException {
        hub.claim("config.json", 10);
        hub.fail("config.json", new Fault.Endless(), new Fault.Endless(), new Fault.Endless());

        assertThatThrownBy(() -> sources().pin("hf://tiny/model", Optional.empty()))
                .isInstanceOf(ModelSourceException.class)
                .hasMessageContaining("config.json: expected 10 bytes, found ")
                .hasMessageContaining("or more");
        try (Stream<Path> files = Files.walk(cache)) {
            assertThat(files.filter(f -> f.toString().contains("config.json"))).isEmpty();
        }
    }

    @Test
    void moreShardsThanAreOpenedAreRefusedUnasked() throws IOException {
        serveConfigAlone().put("model.safetensors.index.json", new byte[2]);
        for (int i = 0; i <= 4096; i++) {
            hub.put("model-%05d-of-04097.safetensors".formatted(i), new byte[1]);
        }

        assertUnusable("expected at most 4096 shards, found 4097");
        assertNoFileAsked();
    }

    @Test
    void namesThatAreTooLongForFilesAreNoneOfAModel() throws IOException {
        String longest = "model-" + "x".repeat(200) + ".safetensors";
        serveConfigAlone().put("y".repeat(10_000) + ".bin", new byte[1]);
        assertUnusable("expected model.safetensors or model.safetensors.index.json, found neither");

        hub.put("model.safetensors.index.json", new byte[2])
                .put(longest, weights)
                .put("model-" + "x".repeat(201) + ".safetensors", weights);

        assertThat(names(sources().folder(PINNED)))
                .containsExactly("config.json", longest, "model.safetensors.index.json");
    }

    private static byte[] header(int length) {
        return ByteBuffer.allocate(8 + length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .array();
    }

    @Test
    void headersThatTogetherAreTooLongAreNotFetched() throws IOException {
        serveConfigAlone()
                .put("model.safetensors.index.json", new byte[2])
                .put("model-1.safetensors", header(9 << 20))
                .put("model-2.safetensors", header((7 << 20) + 1))
                .put("model-3.safetensors", weights);

        assertThatThrownBy(() -> sources().pin("hf://tiny/model", Optional.empty()))
                .hasMessage(
                        "[%s] model-2.safetensors: expected headers of at most 16777216 bytes in all shards up to here, found 16777217"
                                .formatted(PINNED));
        assertThat(hub.seen())
                .filteredOn(s -> s.path().endsWith("model-2.safetensors"))
                .allMatch(s -> s.range().equals("bytes=0-7"));
        assertThat(hub.seen()).noneMatch(s -> s.path().endsWith("model-3.safetensors"));
    }

    @Test
    void headerThatIsLongerThanIsReadIsNotFetched() {
        hub.put(WEIGHTS, header((16 << 20) + 1));

        assertThatThrownBy(() -> sources().pin("hf://tiny/model", Optional.empty()))
                .hasMessageContaining(
                        WEIGHTS + ": header: expected at most 16777216 bytes, found 16777217");
    }

    @Test
    void planningObeysTheLimitOfTheCache() {
        ModelSources small = sources(Optional.empty(), OptionalLong.of(1000));

        assertThatThrownBy(() -> small.pin("hf://tiny/model", Optional.empty()))
                .isInstanceOfSatisfying(
                        ModelSourceException.class,
                        e -> assertThat(e.kind()).isEqualTo(Kind.NO_SPACE))
                .hasMessageContaining("expected at most 1000 bytes")
                .hasMessageContaining("SPARSEMESH_CACHE_MAX");
        assertNoFileAsked();
    }

    @Test
    void holesOfPlannedModelsDoNotFillTheCache() {
        long most = weights.length + 2 * TinyModel.CONFIG.length + 500;
        ModelSources narrow = sources(Optional.empty(), OptionalLong.of(most));

        String pinned = narrow.pin("hf://tiny/model", Optional.empty()).uri();

        assertThat(narrow.folder(pinned).resolve(WEIGHTS)).hasBinaryContent(weights);
    }

    @Test
    void listWithoutEndIsRefused() throws IOException {
        hub.pad(16 << 20);
        assertUnusable("expected at most 16777216 bytes as the list of files, found more");

        hub.pad(0);
        for (int i = 0; i < 65_536; i++) {
            hub.put("x" + i, new byte[0]);
        }
        assertUnusable("expected at most 65536 files, found more");
        assertNoFileAsked();
    }
}
