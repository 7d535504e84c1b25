package io.sparsemesh.worker.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.artifacts.DirectoryArtifactStore;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenedAheadTest {

    private static final int FILES = 11;
    private static final int DAMAGED = 7;
    private static final Path MAPS = Path.of("/proc/self/maps");

    @TempDir Path folder;
    private ArtifactStore store;
    private List<ArtifactRef> refs;

    @BeforeEach
    void store() {
        ArtifactStore writer = new DirectoryArtifactStore(folder);
        refs = IntStream.range(0, FILES).mapToObj(number -> put(writer, number)).toList();
        store = new DirectoryArtifactStore(folder);
    }

    private static ArtifactRef put(ArtifactStore writer, int number) {
        float[] values = {number, number};
        TensorSource source =
                new TensorSource(
                        "x",
                        Dtype.F32,
                        List.of(2L),
                        sink -> sink.write(MemorySegment.ofArray(values)));
        return TensorArtifacts.put(writer, "jobs/a/f" + number, List.of(source));
    }

    private static float first(TensorArtifacts file) {
        return file.tensor("x").toFloats()[0];
    }

    @Test
    void filesComeInOrder() {
        try (OpenedAhead files = new OpenedAhead(store, refs)) {
            for (int number = 0; number < FILES; number++) {
                try (TensorArtifacts file = files.next()) {
                    assertThat(first(file)).isEqualTo(number);
                }
            }
        }
    }

    @Test
    void fileThatIsDamagedIsNamedWhenItsTurnComes() throws Exception {
        Files.write(folder.resolve(refs.get(DAMAGED).key()), new byte[] {1});

        try (OpenedAhead files = new OpenedAhead(store, refs)) {
            for (int number = 0; number < DAMAGED; number++) {
                files.next().close();
            }
            assertThatThrownBy(files::next)
                    .isInstanceOfSatisfying(
                            ArtifactException.class,
                            e -> {
                                assertThat(e.isDamaged()).isTrue();
                                assertThat(e.key()).isEqualTo(refs.get(DAMAGED).key());
                            });
        }
    }

    @Test
    void whatWasNotTakenIsClosed() {
        assumeTrue(Files.exists(MAPS), "what is mapped is only known on Linux");
        OpenedAhead files = new OpenedAhead(store, refs);
        TensorArtifacts taken = files.next();

        files.close();

        // Then nothing is mapped but what was taken
        assertThat(mapped()).isEqualTo(1);
        taken.close();
        assertThat(mapped()).isZero();
    }

    private long mapped() {
        try (Stream<String> lines = Files.lines(MAPS)) {
            return lines.filter(line -> line.contains(folder.toString())).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
