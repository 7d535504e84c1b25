package io.sparsemesh.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReleaseTest {

    private static final int BYTES = 64 << 20;
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

    @Test
    void aReleasedTensorTakesNoMemoryAndReadsTheSame() throws Exception {
        assumeTrue(Files.exists(STATUS), "resident memory is only known on Linux");
        byte[] bytes = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            bytes[i] = (byte) (i * 31 ^ i >> 12);
        }
        MemorySegment data = MemorySegment.ofArray(bytes);
        Path file = folder.resolve("weights.safetensors");
        Tensor written = new Tensor("x", Dtype.U8, List.of((long) BYTES), data);
        SafetensorsWriter.write(file, List.of(TensorSource.of(written)), Map.of());
        try (SafetensorsFile open = SafetensorsFile.open(file)) {
            Tensor tensor = open.tensor("x");
            long before = residentBytes();
            assertThat(tensor.mismatch(written)).isEqualTo(-1);
            assertThat(residentBytes() - before).isGreaterThan(BYTES / 2);

            tensor.release();

            assertThat(residentBytes() - before).isLessThan(BYTES / 4);
            assertThat(tensor.mismatch(written)).isEqualTo(-1);
        }
    }
}
