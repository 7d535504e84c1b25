package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.engine.device.natives.OpenBlas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Processes that cannot have a CPU device.
class MissingLibraryTest {

    @TempDir Path folder;

    /// Prints what a caller gets to see.
    static final class Opener {
        public static void main(String[] arguments) {
            System.out.println("available: " + OpenBlas.isAvailable());
            try {
                System.out.println(Devices.open("cpu", 1).name());
            } catch (DeviceException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @Test
    void cpuDeviceWithoutOpenBlasIsRefusedWithTheReason() throws Exception {
        Path notAFolder = Files.createFile(folder.resolve("file"));

        String output =
                open(
                        "--add-modules=jdk.incubator.vector",
                        "-Dsparsemesh.native.cache=" + notAFolder.resolve("cache"));

        assertThat(output)
                .contains("available: false")
                .contains("[open cpu] OpenBLAS could not be loaded")
                .contains(notAFolder.toString());
    }

    /// A file lies where the folder of oneDNN's libraries belongs.
    @Test
    void cpuDeviceWithoutOneDnnMultipliesWithOpenBlasAndSaysWhy() throws Exception {
        Path cache = folder.resolve("cache");
        String[] options = {
            "--add-modules=jdk.incubator.vector", "-Dsparsemesh.native.cache=" + cache
        };
        assumeTrue(
                open(options).contains("products by oneDNN"),
                "oneDNN is for Linux on x86-64 with AVX-512");
        Path libraries = parentOf(cache, "libdnnl.so.3");
        Files.move(libraries, cache.resolve("elsewhere"));
        Files.createFile(libraries);

        String output = open(options);

        assertThat(output)
                .contains("products by OpenBLAS, as oneDNN could not be loaded: " + libraries)
                .contains("expected a directory");
    }

    @Test
    void cpuDeviceWithoutTheVectorApiIsRefusedWithWhatToDo() throws Exception {
        String output = open();

        assertThat(output).contains("[open cpu]", "--add-modules=jdk.incubator.vector");
    }

    private static Path parentOf(Path cache, String name) throws IOException {
        try (Stream<Path> files = Files.walk(cache)) {
            return files.filter(file -> file.endsWith(name)).findFirst().orElseThrow().getParent();
        }
    }

    private String open(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of(options));
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), Opener.class.getName()));
        Path output = folder.resolve("output");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return Files.readString(output, StandardCharsets.UTF_8);
    }
}
