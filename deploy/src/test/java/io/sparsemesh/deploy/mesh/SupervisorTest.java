package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.embedded.ChildProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SupervisorTest {
    @TempDir Path dir;
    private final BlockingQueue<String> log = new LinkedBlockingQueue<>();

    @Test
    void aKilledMemberLivesAgainAndIsNamed() throws InterruptedException {
        // Given
        Sleeper member = new Sleeper("sleep 60");
        Supervisor supervisor = new Supervisor(log::add);
        member.start();
        long pid = member.process().pid();
        supervisor.watch(member);

        // When
        member.process().kill();

        // Then
        assertThat(line()).startsWith("sleeper (pid " + pid + ") was killed by signal 9");
        assertThat(line()).isEqualTo("sleeper runs again (pid " + member.process().pid() + ")");
        assertThat(member.process().isAlive()).isTrue();
        supervisor.stop();
        member.stop();
    }

    @Test
    void aMemberThatKeepsEndingIsStartedEverMoreSlowly() throws InterruptedException {
        // Given
        Sleeper member = new Sleeper("exit 3");
        Supervisor supervisor = new Supervisor(log::add, Duration.ofMillis(50));
        member.start();

        // When
        supervisor.watch(member);

        // Then
        for (String when : List.of("now", "in 50 ms", "in 100 ms", "in 200 ms")) {
            assertThat(line()).contains("ended with 3; starting it again " + when);
            assertThat(line()).startsWith("sleeper runs again");
        }
        supervisor.stop();
    }

    @Test
    void nothingLivesAgainAfterStop() throws InterruptedException {
        // Given
        Sleeper member = new Sleeper("sleep 60");
        Supervisor supervisor = new Supervisor(log::add);
        member.start();
        supervisor.watch(member);

        // When
        supervisor.stop();
        Supervisor.stopAll(List.of(member));

        // Then
        assertThat(log.poll(300, TimeUnit.MILLISECONDS)).isNull();
        assertThat(member.process().isAlive()).isFalse();
    }

    private String line() throws InterruptedException {
        String line = log.poll(20, TimeUnit.SECONDS);
        assertThat(line).isNotNull();
        return line;
    }

    private final class Sleeper implements Member {
        private final String script;
        private volatile ChildProcess process;

        Sleeper(String script) {
            this.script = script;
        }

        @Override
        public String name() {
            return "sleeper";
        }

        @Override
        public void start() {
            process =
                    ChildProcess.start(
                            name(),
                            List.of("/bin/sh", "-c", script),
                            Map.of(),
                            dir,
                            dir.resolve("log"));
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public ChildProcess process() {
            return process;
        }

        @Override
        public void stop() {
            process.close();
        }
    }
}
