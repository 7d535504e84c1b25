package io.sparsemesh.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.cuda.nvrtc.Nvrtc;
import io.sparsemesh.engine.device.DeviceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelsTest {

    private static final String CACHE = "sparsemesh.cuda.cache";

    @TempDir Path folder;

    @BeforeEach
    void useGpu() {
        Emulator.use();
    }

    @Test
    void sourceThatDoesNotCompileIsRefusedWithTheCompilersWords() {
        assertThatThrownBy(
                        () -> new Nvrtc().compile("odd.cu", "int f() { return nothing; }", "sm_90"))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("odd.cu for sm_90")
                .hasMessageContaining("nothing");
    }

    @Test
    void kernelsAreCompiledOnceAndAgainWhenWhatWasKeptIsDamaged() throws IOException {
        String before = System.getProperty(CACHE);
        System.setProperty(CACHE, folder.toString());
        try (Gpu gpu = new Gpu(0)) {
            gpu.kernel("matrix.cu", "scale");
            List<Path> kept = kept();
            assertThat(kept).hasSize(1);
            Files.writeString(kept.getFirst(), "damaged", StandardCharsets.UTF_8);

            Kernels again = new Kernels(gpu.context());

            assertThat(again.kernel("matrix.cu", "scale")).isNotNull();
            assertThat(kept().getFirst())
                    .content(StandardCharsets.ISO_8859_1)
                    .isNotEqualTo("damaged");
        } finally {
            System.setProperty(CACHE, before == null ? folder.toString() : before);
        }
    }

    private List<Path> kept() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
