package io.sparsemesh.engine.device.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process in which each thread gets a signal every millisecond that it computes: Java's own
/// profiler of processor time.
class SignalsTest {

    private static final String SETTINGS =
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <configuration version="2.0">
              <event name="jdk.CPUTimeSample">
                <setting name="enabled">true</setting>
                <setting name="throttle">1ms</setting>
                <setting name="stackTrace">true</setting>
              </event>
            </configuration>
            """;

    @TempDir Path folder;

    /// Products of a shape for which oneDNN's kernel uses the stack pointer for other memory.
    static final class Multiplier {
        public static void main(String[] arguments) {
            Sgemm library = Products.of(OpenBlas.get(), 512, "onednn").library();
            int n = 64;
            int k = 128;
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment a = arena.allocate(4L * n * k, 64);
                MemorySegment c = arena.allocate(4L * n * n, 64);
                long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
                long products = 0;
                for (; System.nanoTime() < end; products++) {
                    library.sgemm(false, true, n, n, k, 1, a, k, a, k, 0, c, n);
                }
                System.out.println(products > 1000 ? "done" : "only " + products);
            }
        }
    }

    @Test
    void productsAreSafeUnderAProfilerThatSendsSignals() throws Exception {
        assumeTrue(OneDnn.isPresent(), "oneDNN comes for Linux on x86-64 only");
        Path recording = folder.resolve("samples.jfr");
        Path output = folder.resolve("output");
        Path settings = Files.writeString(folder.resolve("cpu.jfc"), SETTINGS);

        Process process =
                new ProcessBuilder(
                                List.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "--enable-native-access=ALL-UNNAMED",
                                        "-XX:StartFlightRecording:settings=%s,filename=%s"
                                                .formatted(settings, recording),
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        Multiplier.class.getName()))
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();

        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(output)).contains("done");
        assertThat(process.exitValue()).isZero();
        assertThat(RecordingFile.readAllEvents(recording))
                .as("samples")
                .hasSizeGreaterThan(100)
                .anyMatch(event -> event.getStackTrace() != null);
    }
}
