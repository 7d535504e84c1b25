package io.sparsemesh.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparsemesh.sources.ModelSourceException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// What comes from a hub of the test's own, which has one tiny model.
abstract class OnHub {

    static final String PINNED = "hf://tiny/model@" + FakeHub.COMMIT;
    static final String WEIGHTS = "model.safetensors";

    final byte[] weights = TinyModel.weights(1);

    @TempDir Path cache;
    FakeHub hub;

    @BeforeEach
    void serve() throws IOException {
        hub = FakeHub.empty().put("config.json", TinyModel.CONFIG).put(WEIGHTS, weights);
    }

    @AfterEach
    void close() {
        hub.close();
    }

    ModelSources sources(Optional<String> token, OptionalLong maxBytes) {
        SourceSettings none = SourceSettings.none();
        return new ModelSources(
                new SourceSettings(
                        Optional.of(cache),
                        maxBytes,
                        SourceSettings.Hub.of(hub.endpoint(), token),
                        none.buckets(),
                        new SourceSettings.Retrying(
                                3, Duration.ofMillis(1), Duration.ofMinutes(1))));
    }

    ModelSources sources() {
        return sources(Optional.empty(), OptionalLong.empty());
    }

    Kind kindOfFetch(ModelSources sources) {
        ModelSourceException fault =
                catchThrowableOfType(ModelSourceException.class, () -> sources.folder(PINNED));
        assertThat(fault).isNotNull().hasMessageContaining(PINNED);
        assertNothingVisible();
        return fault.kind();
    }

    void assertNothingVisible() {
        assertThat(cache.resolve("models/hf/tiny/model/" + FakeHub.COMMIT)).doesNotExist();
    }

    static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }
}
