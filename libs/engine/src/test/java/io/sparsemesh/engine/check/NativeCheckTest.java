package io.sparsemesh.engine.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.engine.device.DeviceException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class NativeCheckTest {

    @Test
    void theCpuAndTheTokenizersOfThisMachineWork() {
        // Given
        ByteArrayOutputStream text = new ByteArrayOutputStream();

        // When
        NativeCheck.run(new PrintStream(text, true));

        // Then
        assertThat(text.toString().lines())
                .anyMatch(line -> line.startsWith("cpu\tok\tcpu: ") && line.contains("OpenBLAS"))
                .contains("tokenizers\tok\tloaded");
    }

    @Test
    void aDeviceThatCannotBeOpenedIsAFaultInItsOwnWords() {
        // When
        String line =
                NativeCheck.line(
                        "cuda",
                        () -> {
                            throw new DeviceException("open cuda", 0, "libcuda: found none");
                        });

        // Then
        assertThat(line).isEqualTo("cuda\tfault\t[open cuda] libcuda: found none");
    }

    @Test
    void aLibraryThatDoesNotLoadIsAFaultWithItsReasonOnOneLine() {
        // When
        String line =
                NativeCheck.line(
                        "cuda",
                        () -> {
                            throw new UnsatisfiedLinkError("no libcuda.so.1\nin the path");
                        });

        // Then
        assertThat(line)
                .isEqualTo(
                        "cuda\tfault\tjava.lang.UnsatisfiedLinkError: no libcuda.so.1 in the path");
    }
}
