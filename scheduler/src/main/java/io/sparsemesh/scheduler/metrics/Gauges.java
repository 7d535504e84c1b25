package io.sparsemesh.scheduler.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.scheduler.database.Database;
import io.sparsemesh.scheduler.loop.Loop;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// What the database holds, counted every few seconds: jobs and tasks by state, and how far the
/// outbox is behind.
@ApplicationScoped
class Gauges {

    private final Database database;
    private final MultiGauge jobs;
    private final MultiGauge tasks;
    private final AtomicLong outboxLagMillis;
    private final Loop loop = new Loop("gauges", Duration.ofSeconds(5), this::count);

    Gauges(Database database, MeterRegistry registry) {
        this.database = database;
        this.jobs = MultiGauge.builder("sparsemesh.jobs").register(registry);
        this.tasks = MultiGauge.builder("sparsemesh.tasks").register(registry);
        this.outboxLagMillis = registry.gauge("sparsemesh.outbox.lag.millis", new AtomicLong());
    }

    void start(@Observes StartupEvent event) {
        loop.start();
    }

    void stop(@Observes ShutdownEvent event) {
        loop.stop();
    }

    private void count() {
        jobs.register(rows("select state, count(*) from scheduler.job group by state"), true);
        tasks.register(rows("select status, count(*) from scheduler.task group by status"), true);
        List<Long> lag =
                database.list(
                        "select (coalesce(extract(epoch from now() - min(created_at)) * 1000, 0))"
                                + "::bigint from scheduler.outbox",
                        row -> row.getLong(1));
        outboxLagMillis.set(lag.getFirst());
    }

    private List<MultiGauge.Row<?>> rows(String query) {
        return database.list(
                query,
                row -> MultiGauge.Row.of(Tags.of("state", row.getString(1)), row.getLong(2)));
    }
}
