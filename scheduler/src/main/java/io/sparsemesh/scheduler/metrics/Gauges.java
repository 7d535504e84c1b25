package io.sparsemesh.scheduler.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.scheduler.loop.Loop;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// What the database holds, counted every few seconds: jobs and tasks by state, and how far the
/// outbox is behind.
@ApplicationScoped
class Gauges {

    private final EntityManager entities;
    private final MultiGauge jobs;
    private final MultiGauge tasks;
    private final AtomicLong outboxLagMillis;
    private final Loop loop =
            new Loop(
                    "gauges",
                    Duration.ofSeconds(5),
                    () -> QuarkusTransaction.requiringNew().run(this::count));

    Gauges(EntityManager entities, MeterRegistry registry) {
        this.entities = entities;
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
        Number lag =
                (Number)
                        entities.createNativeQuery(
                                        "select coalesce(extract(epoch from now()"
                                                + " - min(created_at)) * 1000, 0)"
                                                + " from scheduler.outbox")
                                .getSingleResult();
        outboxLagMillis.set(lag.longValue());
    }

    private List<MultiGauge.Row<?>> rows(String query) {
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        for (Object row : entities.createNativeQuery(query, Tuple.class).getResultList()) {
            Tuple tuple = (Tuple) row;
            rows.add(
                    MultiGauge.Row.of(
                            Tags.of("state", tuple.get(0, String.class)),
                            tuple.get(1, Number.class)));
        }
        return rows;
    }
}
