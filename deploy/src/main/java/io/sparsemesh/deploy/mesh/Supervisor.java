package io.sparsemesh.deploy.mesh;

import io.sparsemesh.embedded.ChildProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/// Starts a member again when it ends without having been told to: at once the first time,
/// then after a pause that doubles while its lives stay short.
final class Supervisor {
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration LONG_LIFE = Duration.ofMinutes(1);

    private final Consumer<String> log;
    private final Duration firstPause;
    private volatile boolean stopping;

    Supervisor(Consumer<String> log) {
        this(log, Duration.ofMillis(500));
    }

    Supervisor(Consumer<String> log, Duration firstPause) {
        this.log = log;
        this.firstPause = firstPause;
    }

    /// Watches a member that runs.
    void watch(Member member) {
        Thread.ofVirtual().name("supervise-" + member.name()).start(() -> keepAlive(member));
    }

    /// From now on members end for good.
    void stop() {
        stopping = true;
    }

    /// Stops all members of a group at the same time.
    static void stopAll(List<? extends Member> members) {
        List<Thread> stops =
                members.stream().map(member -> Thread.ofVirtual().start(member::stop)).toList();
        for (Thread stop : stops) {
            try {
                stop.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void keepAlive(Member member) {
        Duration pause = Duration.ZERO;
        while (true) {
            Instant born = Instant.now();
            int status = member.process().onExit().join();
            if (stopping) {
                return;
            }
            boolean longLife = Duration.between(born, Instant.now()).compareTo(LONG_LIFE) > 0;
            pause = longLife ? Duration.ZERO : pause;
            log.accept(ended(member.process(), status, pause));
            pause = startAgain(member, pause);
        }
    }

    private static String ended(ChildProcess process, int status, Duration pause) {
        String how =
                status > 128 ? "was killed by signal " + (status - 128) : "ended with " + status;
        String when = pause.isZero() ? "now" : "in " + pause.toMillis() + " ms";
        return "%s (pid %d) %s; starting it again %s; its log is %s"
                .formatted(process.name(), process.pid(), how, when, process.log());
    }

    /// Returns the pause before the next start.
    private Duration startAgain(Member member, Duration firstPauseOfThis) {
        Duration pause = firstPauseOfThis;
        while (!stopping) {
            try {
                Thread.sleep(pause);
                pause = pause.isZero() ? firstPause : pause.multipliedBy(2);
                pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
                if (stopping) {
                    return pause;
                }
                member.start();
                log.accept(member.name() + " runs again (pid " + member.process().pid() + ")");
                return pause;
            } catch (IllegalStateException failed) {
                log.accept(member.name() + " does not start: " + failed.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return pause;
            }
        }
        return pause;
    }
}
