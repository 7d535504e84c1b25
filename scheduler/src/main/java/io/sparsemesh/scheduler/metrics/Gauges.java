package io.sparsemesh.scheduler.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.scheduler.SchedulerSettings;
import io.sparsemesh.scheduler.core.TaskStatus;
import io.sparsemesh.scheduler.database.Database;
import io.sparsemesh.scheduler.loop.Loop;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/// What the database holds, counted every few seconds: jobs and tasks by state, how long the oldest
/// task waits to be taken, the live workers, and how far the outbox is behind.
@ApplicationScoped
class Gauges {

    private static final String WAITING =
            """
            select pool, coalesce(extract(epoch from now() - min(queued_at)), 0)
            from scheduler.task where status = 'QUEUED' group by pool
            """;
    private static final String WORKERS =
            """
            select role, case when current_task = '' then 'idle' else 'busy' end, count(*)
            from scheduler.worker
            where not leaving and last_seen > now() - ? * interval '1 millisecond'
            group by 1, 2
            """;

    private final Database database;
    private final Duration silence;
    private final MultiGauge jobs;
    private final MultiGauge tasks;
    private final MultiGauge waiting;
    private final MultiGauge workers;
    private final AtomicLong outboxLagMillis;
    private final Loop loop = new Loop("gauges", Duration.ofSeconds(5), this::count);

    Gauges(Database database, SchedulerSettings settings, MeterRegistry registry) {
        this.database = database;
        this.silence = settings.workerSilence();
        this.jobs = MultiGauge.builder("sparsemesh.jobs").register(registry);
        this.tasks = MultiGauge.builder("sparsemesh.tasks").register(registry);
        this.waiting = MultiGauge.builder("sparsemesh.task.wait.seconds").register(registry);
        this.workers = MultiGauge.builder("sparsemesh.workers").register(registry);
        this.outboxLagMillis = registry.gauge("sparsemesh.outbox.lag.millis", new AtomicLong());
    }

    void start(@Observes StartupEvent event) {
        loop.start();
    }

    void stop(@Observes ShutdownEvent event) {
        loop.stop();
    }

    private void count() {
        jobs.register(
                rows("select state, count(*) from scheduler.job group by state", JobState.values()),
                true);
        tasks.register(
                rows(
                        "select status, count(*) from scheduler.task group by status",
                        TaskStatus.values()),
                true);
        waiting.register(
                database.list(
                        WAITING,
                        row ->
                                MultiGauge.Row.of(
                                        Tags.of("pool", row.getString(1)), row.getDouble(2))),
                true);
        workers.register(
                database.list(
                        WORKERS,
                        row ->
                                MultiGauge.Row.of(
                                        Tags.of(
                                                "role",
                                                row.getString(1),
                                                "state",
                                                row.getString(2)),
                                        row.getLong(3)),
                        silence.toMillis()),
                true);
        List<Long> lag =
                database.list(
                        "select (coalesce(extract(epoch from now() - min(created_at)) * 1000, 0))"
                                + "::bigint from scheduler.outbox",
                        row -> row.getLong(1));
        outboxLagMillis.set(lag.getFirst());
    }

    /// A row for each state: one without a row would leave a gap in a curve where there is a 0.
    private List<MultiGauge.Row<?>> rows(String query, Enum<?>[] states) {
        Map<String, Long> counts =
                database.list(query, row -> Map.entry(row.getString(1), row.getLong(2))).stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        return Arrays.stream(states)
                .<MultiGauge.Row<?>>map(
                        state ->
                                MultiGauge.Row.of(
                                        Tags.of("state", state.name()),
                                        counts.getOrDefault(state.name(), 0L)))
                .toList();
    }
}
