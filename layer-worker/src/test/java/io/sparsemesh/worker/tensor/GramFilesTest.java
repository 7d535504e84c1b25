package io.sparsemesh.worker.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.artifacts.DirectoryArtifactStore;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.artifact.UpperStrips;
import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Sums of shards on their way through files.
class GramFilesTest {

    private static final int TOKENS = 37;
    private static final int SHARDS = 6;

    @TempDir Path folder;

    private final Arena arena = Arena.ofShared();
    private ArtifactStore store;

    @BeforeEach
    void open() {
        store = new DirectoryArtifactStore(folder);
    }

    @AfterEach
    void close() {
        arena.close();
    }

    private Matrix random(int rows, int cols, long seed) {
        Random random = new Random(seed);
        Matrix matrix = Matrix.allocate(arena, rows, cols);
        for (int row = 0; row < rows; row++) {
            for (int col = 0; col < cols; col++) {
                matrix.set(row, col, (float) random.nextGaussian());
            }
        }
        return matrix;
    }

    private List<GramAccumulator> sums(Device device, int inputs) {
        List<GramAccumulator> sums = new ArrayList<>();
        for (int shard = 0; shard < SHARDS; shard++) {
            GramAccumulator sum =
                    new GramAccumulator(device, device.allocate(arena, inputs, inputs));
            sum.add(random(TOKENS, inputs, shard));
            sums.add(sum);
        }
        return sums;
    }

    private ArtifactRef put(Device device, int shard, GramAccumulator sum, Matrix cross) {
        return TensorArtifacts.put(
                store, "shard-" + shard + ".safetensors", GramFiles.sources(device, sum, cross));
    }

    @ParameterizedTest
    @CsvSource({"cpu, 1", "cpu, 3", "cpu, 128", "cpu, 129", "cpu, 256", "cpu, 300", "naive, 130"})
    void sumsComeBackWithTheirBits(String kind, int inputs) {
        try (Device device = Devices.open(kind, 2)) {
            List<GramAccumulator> sums = sums(device, inputs);
            List<ArtifactRef> files = new ArrayList<>();
            Matrix gram = device.allocate(arena, inputs, inputs);
            Matrix cross = device.allocate(arena, inputs, inputs);
            for (int shard = 0; shard < SHARDS; shard++) {
                Matrix other = random(inputs, inputs, 100 + shard);
                files.add(put(device, shard, sums.get(shard), other));
                device.blas().addScaled(1, sums.get(shard).partial(), 1, gram);
                device.blas().addScaled(1, other, 1, cross);
            }
            Matrix read = device.allocate(arena, inputs, inputs);
            Matrix readCross = device.allocate(arena, inputs, inputs);

            GramFiles.sum(store, device, files, GramFiles.Sum.GRAM, read);
            GramFiles.sum(store, device, files, GramFiles.Sum.CROSS, readCross);

            assertThat(read.toArray()).isEqualTo(gram.toArray());
            assertThat(readCross.toArray()).isEqualTo(cross.toArray());
        }
    }

    @Test
    void aFileHasLittleMoreThanHalfOfTheSum() {
        int inputs = 1024;
        try (Device device = Devices.open("cpu", 2)) {
            GramAccumulator sum = sums(device, inputs).getFirst();
            ArtifactRef file =
                    TensorArtifacts.put(
                            store,
                            "gram.safetensors",
                            GramFiles.sources(device, sum, Matrix.allocate(arena, 1, 1)));

            long stored = new UpperStrips(inputs).elements() * Float.BYTES;
            assertThat(file.size()).isBetween(stored, stored + 1024);
            assertThat(stored).isLessThan(4L * inputs * inputs * 57 / 100);
        }
    }

    @Test
    void aFileOfAnotherSizeIsRefused() {
        try (Device device = Devices.open("cpu", 1)) {
            List<GramAccumulator> sums = sums(device, 4);
            ArtifactRef file = put(device, 0, sums.getFirst(), random(4, 4, 1));
            Matrix h = device.allocate(arena, 5, 5);

            assertThatThrownBy(
                            () ->
                                    GramFiles.sum(
                                            store, device, List.of(file), GramFiles.Sum.GRAM, h))
                    .isInstanceOf(ArtifactException.class)
                    .hasMessageContaining("shard-0.safetensors")
                    .hasMessageContaining("25")
                    .hasMessageContaining("16");
        }
    }
}
