package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.engine.device.openblas.OpenBlas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
                Devices.open("cpu", 1);
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

    @Test
    void cpuDeviceWithoutTheVectorApiIsRefusedWithWhatToDo() throws Exception {
        String output = open();

        assertThat(output).contains("[open cpu]", "--add-modules=jdk.incubator.vector");
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
