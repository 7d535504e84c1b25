package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SkewedClockTest {

    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final int PAUSES = 25;
    private static final Duration TWO_HOURS = Duration.ofHours(2);

    /// Prints the time, and how many pauses it made in the time of [#PAUSES].
    static final class Program {
        public static void main(String[] args) {
            long start = System.nanoTime();
            int pauses = 0;
            while (System.nanoTime() - start < PAUSES * PAUSE.toNanos()) {
                LockSupport.parkNanos(PAUSE.toNanos());
                pauses++;
            }
            System.out.println(Instant.now().getEpochSecond() + " " + pauses);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theTimeIsAnotherAndPausesLastAsLong(boolean fast) throws Exception {
        assumeTrue(SkewedClock.isInstalled(), "libfaketime is not installed");

        String[] found = run(SkewedClock.settings(fast)).split(" ");

        long off = Long.parseLong(found[0]) - Instant.now().getEpochSecond();
        assertThat(off).isCloseTo((fast ? 1 : -1) * TWO_HOURS.toSeconds(), offset(60L));
        assertThat(Integer.parseInt(found[1])).isBetween(1, 2 * PAUSES);
    }

    private static String run(Map<String, String> settings)
            throws IOException, InterruptedException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Path classes =
                Path.of(
                        SkewedClockTest.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .getPath());
        ProcessBuilder builder =
                new ProcessBuilder(java, "-cp", classes.toString(), Program.class.getName());
        builder.environment().putAll(settings);
        Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String output =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).isZero();
        return output;
    }
}
