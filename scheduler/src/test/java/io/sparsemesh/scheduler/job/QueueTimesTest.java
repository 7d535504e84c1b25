package io.sparsemesh.scheduler.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.contracts.task.TaskKind;
import io.sparsemesh.scheduler.core.Phase;
import io.sparsemesh.scheduler.core.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// When a wait begins and ends, and what counts as one.
final class QueueTimesTest {

    private static final Instant READY = Instant.parse("2026-01-02T03:04:05Z");

    private static Task task(Phase phase) {
        return new Task(
                0, new PlannedTask.Report(new TaskId("report"), List.of(), ""), 1, 0, 0, phase);
    }

    private static Task runningSince(Instant started) {
        return task(new Phase.Running(1, "w", started, started));
    }

    @Test
    void aTaskWaitsFromReadyUntilAWorkerTakesIt() {
        Task queued = task(new Phase.Queued(READY.plusSeconds(3), READY));

        assertThat(QueueTimes.waited(queued, runningSince(READY.plusSeconds(5))))
                .contains(Duration.ofSeconds(5));
    }

    @Test
    void aWaitIsNeverNegative() {
        Task queued = task(new Phase.Queued(READY, READY));

        assertThat(QueueTimes.waited(queued, runningSince(READY.minusSeconds(1))))
                .contains(Duration.ZERO);
    }

    @Test
    void aRepeatedDeliveryIsNoSecondWait() {
        Task running = runningSince(READY);

        assertThat(QueueTimes.waited(running, runningSince(READY.plusSeconds(9)))).isEmpty();
    }

    @Test
    void whatIsHandedOutHasNotBeenTakenYet() {
        Task ready = task(new Phase.Ready(READY, ""));

        assertThat(QueueTimes.waited(ready, task(new Phase.Queued(READY, READY)))).isEmpty();
    }

    @Test
    void waitsAreKeptByKind() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        QueueTimes times = new QueueTimes(registry);

        times.record(TaskKind.SOLVE, Duration.ofSeconds(7));

        Timer solve = registry.get("sparsemesh.task.queue").tag("kind", "solve").timer();
        assertThat(solve.totalTime(TimeUnit.SECONDS)).isEqualTo(7);
        assertThat(registry.get("sparsemesh.task.queue").timers())
                .hasSize(TaskKind.values().length);
    }
}
