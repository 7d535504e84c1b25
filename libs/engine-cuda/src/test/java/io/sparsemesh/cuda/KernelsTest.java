package io.sparsemesh.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.cuda.nvrtc.Nvrtc;
import io.sparsemesh.engine.device.DeviceException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelsTest {

    private static final String CACHE = "sparsemesh.cuda.cache";
    private static final Pattern KERNEL =
            Pattern.compile("__global__ void (?:__launch_bounds__\\(\\d+\\) )?(\\w+)\\(");

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

    @Test
    void everySourceIsListed() throws Exception {
        try (Stream<Path> files = Files.list(sources())) {
            List<String> compiled =
                    files.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(".cu") && !name.equals(CudaCut.SOURCE))
                            .toList();

            assertThat(Kernels.SOURCES).containsExactlyInAnyOrderElementsOf(compiled);
        }
    }

    @Test
    void whatIsPreparedIsCompiledBeforeAnyoneAsks() throws Exception {
        String before = System.getProperty(CACHE);
        System.setProperty(CACHE, folder.toString());
        try (Gpu gpu = new Gpu(0)) {
            Kernels kernels = new Kernels(gpu.context());

            kernels.prepare().join();

            assertThat(kept()).hasSameSizeAs(Kernels.SOURCES);
            for (String source : Kernels.SOURCES) {
                assertThat(kernels.kernel(source, anyKernel(source))).as(source).isNotNull();
            }
        } finally {
            System.setProperty(CACHE, before == null ? folder.toString() : before);
        }
    }

    private static Path sources() throws URISyntaxException {
        return Path.of(Kernels.class.getResource("kernels/device.h").toURI()).getParent();
    }

    /// The name of the first kernel that a source defines itself.
    private static String anyKernel(String source) {
        String own = Kernels.whole(source);
        Matcher kernel = KERNEL.matcher(own);
        assertThat(kernel.find()).as(source).isTrue();
        return kernel.group(1);
    }

    private List<Path> kept() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
