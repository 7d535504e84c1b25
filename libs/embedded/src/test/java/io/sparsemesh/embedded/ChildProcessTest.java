package io.sparsemesh.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ChildProcessTest {
    @TempDir Path dir;

    @Test
    void endsWhenItsParentIsKilled() throws Exception {
        // Given a JVM with a child that would run for a minute
        Process parent =
                new ProcessBuilder(java(), "-cp", classPath(), Parent.class.getName())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        long pid;
        try (BufferedReader out = parent.inputReader(StandardCharsets.US_ASCII)) {
            pid = Long.parseLong(out.readLine());
        }
        ProcessHandle child = ProcessHandle.of(pid).orElseThrow();

        // When
        parent.destroyForcibly().waitFor();

        // Then
        child.onExit().get(20, TimeUnit.SECONDS);
        assertThat(child.isAlive()).isFalse();
    }

    @Test
    void thatIgnoresSigtermIsKilledAfterItsGrace() throws Exception {
        // Given
        ChildProcess child = sh("trap '' TERM; echo up; while true; do sleep 1; done");
        while (!child.logTail(1).equals("up")) {
            Thread.sleep(20);
        }

        // When
        child.stop(Duration.ofMillis(300));

        // Then
        assertThat(child.onExit().get()).isEqualTo(128 + 9);
    }

    @Test
    void logsWhatItPrints() throws Exception {
        // When
        ChildProcess child = sh("echo one; echo two >&2; exit 3");

        // Then
        assertThat(child.onExit().get(10, TimeUnit.SECONDS)).isEqualTo(3);
        assertThat(child.logTail(5)).isEqualTo("one\ntwo");
    }

    @Test
    void theEndOfTheLogHasWhatWentWrongWithoutFrames() throws Exception {
        // When
        ChildProcess child =
                sh("printf 'Failed\\n\\tat a.B.c(B.java:1)\\nCaused by: why\\n\\t... 9 more\\n'");
        child.onExit().get(10, TimeUnit.SECONDS);

        // Then
        assertThat(child.logTail(2)).isEqualTo("Failed\nCaused by: why");
    }

    @Test
    void thatDoesNotExistIsNamed() {
        // When, Then
        assertThatThrownBy(
                        () ->
                                ChildProcess.start(
                                        "Nothing",
                                        List.of("./nothing"),
                                        Map.of(),
                                        dir.resolve("missing"),
                                        dir.resolve("log")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("Nothing cannot be started");
    }

    private ChildProcess sh(String script) {
        return ChildProcess.start(
                "script", List.of("/bin/sh", "-c", script), Map.of(), dir, dir.resolve("log"));
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static String classPath() {
        return Path.of("target/classes") + ":" + Path.of("target/test-classes");
    }

    static final class Parent {
        public static void main(String[] args) throws IOException, InterruptedException {
            ChildProcess child =
                    ChildProcess.start(
                            "sleeper",
                            List.of("sleep", "60"),
                            Map.of(),
                            Path.of("."),
                            Path.of("/dev/null"));
            System.out.println(child.pid());
            Thread.sleep(60_000);
        }
    }
}
