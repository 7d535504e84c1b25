package io.sparsemesh.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.sparsemesh.engine.device.DeviceException;
import io.sparsemesh.engine.device.Devices;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Processes that cannot have a CUDA device.
class NoGpuTest {

    @TempDir Path folder;

    /// Prints what a caller gets to see.
    static final class Opener {
        public static void main(String[] arguments) {
            try {
                Devices.open("cuda", 1).close();
                System.out.println("opened");
            } catch (DeviceException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @BeforeEach
    void onlyWithoutGpu() {
        assumeFalse(Emulator.isRealGpu(), "there is a GPU");
    }

    @Test
    void machineWithoutDriverIsToldWhatWasTried() throws Exception {
        assertThat(open(folder, Map.of()))
                .contains("[open cuda] libcuda: expected one of [libcuda.so.1]")
                .contains("SPARSEMESH_CUDA_LIBS")
                .contains("libcuda.so.1 (Cannot open library: libcuda.so.1)");
    }

    @Test
    void damagedDriverIsNamed() throws Exception {
        Files.writeString(folder.resolve("libcuda.so.1"), "damaged", StandardCharsets.UTF_8);

        assertThat(open(folder, Map.of()))
                .contains(folder + "/libcuda.so.1 (")
                .contains("Cannot open library: " + folder);
    }

    @Test
    void driverWithoutGpuSaysSo() throws Exception {
        Emulator.use();

        assertThat(open(Emulator.folder(), Map.of("SPARSEMESH_EMULATED_GPUS", "0")))
                .contains("[open cuda] cuInit of")
                .contains("found 100, no GPU is there or visible");
    }

    @Test
    void missingToolkitIsNamed() throws Exception {
        Emulator.use();
        Files.copy(Emulator.folder().resolve("libcuda.so.1"), folder.resolve("libcuda.so.1"));

        assertThat(open(folder, Map.of()))
                .contains(
                        "[open cuda] libcublas: expected one of [libcublas.so.13, libcublas.so.12]");
    }

    private String open(Path libraries, Map<String, String> environment)
            throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        ProcessBuilder builder =
                new ProcessBuilder(
                                List.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "--enable-native-access=ALL-UNNAMED",
                                        "-Dsparsemesh.cuda.libs=" + libraries,
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        Opener.class.getName()))
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return Files.readString(output, StandardCharsets.UTF_8);
    }
}
