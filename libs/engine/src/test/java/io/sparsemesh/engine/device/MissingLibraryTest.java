package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.engine.device.openblas.OpenBlas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process in which OpenBLAS cannot be loaded: its folder cannot be made.
class MissingLibraryTest {

    /// Prints what a caller gets to see.
    static final class Opener {
        public static void main(String[] arguments) {
            System.out.println("available: " + OpenBlas.isAvailable());
            try {
                Devices.open("cpu", 1);
            } catch (DeviceException e) {
                System.out.println(e.getMessage() + " <- " + e.getCause().getCause());
            }
        }
    }

    @Test
    void cpuDeviceIsRefusedWithTheReason(@TempDir Path folder)
            throws IOException, InterruptedException {
        Path notAFolder = Files.createFile(folder.resolve("file"));
        Path output = folder.resolve("output");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Dsparsemesh.native.cache=" + notAFolder.resolve("cache"),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Opener.class.getName())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();

        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(Files.readString(output, StandardCharsets.UTF_8))
                .contains("available: false")
                .contains("[open cpu] OpenBLAS could not be loaded")
                .contains(notAFolder.toString());
    }
}
