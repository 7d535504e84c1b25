package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process of Java whose thread `tasks` sleeps in the C library, and which ends by itself.
final class HungThreadTest {

    private static final String PROGRAM =
            """
            public class Sleeper {
                public static void main(String[] args) throws Exception {
                    Thread.ofPlatform().daemon().name("tasks").start(() -> {
                        try {
                            Thread.sleep(600_000);
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    });
                    System.in.read();
                    System.exit(4);
                }
            }
            """;

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir Path home;

    @Test
    void aProcessEndsBesideItsHungThread() throws Exception {
        assumeTrue(Files.isDirectory(Path.of("/proc/self/task")), "only Linux has ptrace");
        Path program = home.resolve("Sleeper.java");
        Files.writeString(program, PROGRAM);
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                program.toString())
                        .start();
        try {
            assertThat(HungThread.stopInside(process.pid(), "tasks", "no-such-library")).isEmpty();
            try (HungThread _ = stop(process.pid())) {
                assertThat(HungThread.isOver(process.pid())).isFalse();
                process.getOutputStream().close();
                Instant end = Instant.now().plus(LIMIT);
                while (!HungThread.isOver(process.pid()) && Instant.now().isBefore(end)) {
                    Thread.sleep(Duration.ofMillis(50));
                }
                assertThat(HungThread.isOver(process.pid())).isTrue();
            }
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(4);
        } finally {
            process.destroyForcibly();
        }
    }

    private static HungThread stop(long pid) throws Exception {
        Instant end = Instant.now().plus(LIMIT);
        try {
            while (Instant.now().isBefore(end)) {
                Optional<HungThread> hung = HungThread.stopInside(pid, "tasks", "libc.so");
                if (hung.isPresent()) {
                    return hung.get();
                }
                Thread.sleep(Duration.ofMillis(50));
            }
        } catch (NothingHappened e) {
            assumeTrue(false, e.getMessage());
        }
        throw new AssertionError("no thread tasks within " + LIMIT);
    }
}
