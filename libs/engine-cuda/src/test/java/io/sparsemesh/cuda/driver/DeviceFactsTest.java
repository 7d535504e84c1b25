package io.sparsemesh.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceFactsTest {

    @TempDir private Path folder;

    @Test
    void theDriverIsToldByItsModuleAndTheCudaItServes() throws IOException {
        Path module = Files.writeString(folder.resolve("version"), "580.82.07\n");

        assertThat(DeviceFacts.driver(module, 13_000)).isEqualTo("580.82.07 for CUDA 13.0");
    }

    @Test
    void whereTheModuleIsHiddenTheCudaItServesIsLeft() {
        assertThat(DeviceFacts.driver(folder.resolve("none"), 12_080)).isEqualTo("for CUDA 12.8");
    }
}
