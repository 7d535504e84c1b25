package io.sparsemesh.worker.service;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.taskqueue.TaskObserver;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jboss.logging.Logger;

/// Logs and times tasks.
final class TaskMetrics implements TaskObserver {

    private static final Logger LOG = Logger.getLogger(TaskMetrics.class);
    private static final int EXIT_FATAL = 3;

    private static final int EXIT_KILLED = 137;

    private final MeterRegistry registry;
    private final Optional<HaltPoint> haltAt;

    TaskMetrics(MeterRegistry registry, Optional<HaltPoint> haltAt) {
        this.registry = registry;
        this.haltAt = haltAt;
    }

    @Override
    public void announced(LayerTask task) {
        if (haltAt.filter(HaltPoint.BEFORE_ACCEPT::equals).isPresent()) {
            LOG.fatalf("halted as told: jobId=%s task=%s", task.job(), task.task());
            Runtime.getRuntime().halt(EXIT_KILLED);
        }
    }

    @Override
    public void started(LayerTask task) {
        LOG.infof(
                "task started: jobId=%s task=%s attempt=%d",
                task.job(), task.task(), task.attempt());
    }

    @Override
    public void finished(LayerTask task, String outcome, Duration worked) {
        LOG.infof(
                "task ended: jobId=%s task=%s attempt=%d outcome=%s millis=%d",
                task.job(), task.task(), task.attempt(), outcome, worked.toMillis());
        Timer.builder("sparsemesh.tasks")
                .description("Tasks this process has worked on")
                .tag("kind", task.work().kind().name().toLowerCase(Locale.ROOT))
                .tag("outcome", outcome.toLowerCase(Locale.ROOT))
                .register(registry)
                .record(worked);
    }

    /// The heap is in no known state; whoever supervises the process starts it again.
    @Override
    public void fatal(Throwable error) {
        LOG.fatal("the process ends", error);
        Runtime.getRuntime().halt(EXIT_FATAL);
    }
}
