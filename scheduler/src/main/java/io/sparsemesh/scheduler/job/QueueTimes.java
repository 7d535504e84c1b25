package io.sparsemesh.scheduler.job;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.sparsemesh.contracts.task.TaskKind;
import io.sparsemesh.scheduler.core.Phase;
import io.sparsemesh.scheduler.core.Task;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// How long attempts waited, by kind of task: from when one might have been handed out until a
/// worker first took it. The pause after a failure is no part of it; that a record is delivered
/// once more, because its first worker died before it accepted, counts no second time.
@ApplicationScoped
class QueueTimes {

    /// From one hop over Kafka to a pool that is hours behind.
    private static final Duration[] BOUNDS = {
        Duration.ofMillis(10),
        Duration.ofMillis(30),
        Duration.ofMillis(100),
        Duration.ofMillis(300),
        Duration.ofSeconds(1),
        Duration.ofSeconds(3),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofMinutes(2),
        Duration.ofMinutes(10),
        Duration.ofHours(1),
        Duration.ofHours(6)
    };

    private final Map<TaskKind, Timer> timers = new EnumMap<>(TaskKind.class);

    QueueTimes(MeterRegistry registry) {
        for (TaskKind kind : TaskKind.values()) {
            timers.put(kind, timer(kind, registry));
        }
    }

    /// All kinds from the start: a rate needs a sample from before the first task.
    private static Timer timer(TaskKind kind, MeterRegistry registry) {
        return Timer.builder("sparsemesh.task.queue")
                .description("Time from an attempt's being ready to its first lease")
                .tag("kind", kind.name().toLowerCase(Locale.ROOT))
                .serviceLevelObjectives(BOUNDS)
                .register(registry);
    }

    /// What a task waited for between two of its states, if that is when a worker took it. The
    /// database's clock may go back, a wait is never less than none.
    static Optional<Duration> waited(Task before, Task after) {
        return before.phase() instanceof Phase.Queued(Instant _, Instant ready)
                        && after.phase() instanceof Phase.Running running
                ? Optional.of(Duration.between(ready, running.startedAt()))
                        .map(waited -> waited.isNegative() ? Duration.ZERO : waited)
                : Optional.empty();
    }

    void record(TaskKind kind, Duration waited) {
        timers.get(kind).record(waited);
    }
}
