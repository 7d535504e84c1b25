package io.sparsemesh.worker.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.checkpoint.SafetensorsWriter;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.matrix.Matrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MatrixFilesTest {

    private static final int ROWS = 4096;
    private static final int COLS = 4096;
    private static final long BYTES = 4L * ROWS * COLS;
    private static final Path STATUS = Path.of("/proc/self/status");

    @TempDir Path folder;

    /// Of mapped files, in this process.
    private static long residentBytes() throws IOException {
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith("RssFile:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElseThrow();
    }

    private Path written(float[] values) throws IOException {
        Path file = folder.resolve("weights.safetensors");
        List<Long> shape = List.of((long) ROWS, (long) COLS);
        Tensor tensor = new Tensor("w", Dtype.F32, shape, MemorySegment.ofArray(values));
        SafetensorsWriter.write(file, List.of(TensorSource.of(tensor)), Map.of());
        return file;
    }

    @Test
    void aMatrixThatWasLoadedLeavesNothingOfItsFileInMemory() throws IOException {
        assumeTrue(Files.exists(STATUS), "resident memory is only known on Linux");
        float[] values = new float[ROWS * COLS];
        Random random = new Random(1);
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat();
        }
        try (SafetensorsFile file = SafetensorsFile.open(written(values));
                Device device = Devices.open("cpu", 1);
                Arena arena = Arena.ofConfined()) {
            Matrix w = device.allocate(arena, ROWS, COLS);
            long before = residentBytes();

            MatrixFiles.load(device, file.tensor("w"), w);

            assertThat(residentBytes() - before).isLessThan(BYTES / 4);
            assertThat(w.get(0, 0)).isEqualTo(values[0]);
            assertThat(w.get(ROWS - 1, COLS - 1)).isEqualTo(values[values.length - 1]);
        }
    }
}
