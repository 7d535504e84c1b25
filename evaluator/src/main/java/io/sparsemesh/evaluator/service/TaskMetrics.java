package io.sparsemesh.evaluator.service;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.taskqueue.ProcessObserver;
import java.time.Duration;
import java.util.Locale;

/// Times tasks.
///
/// @param registry that `/q/metrics` shows
record TaskMetrics(MeterRegistry registry) implements ProcessObserver.TaskTimer {

    @Override
    public void record(LayerTask task, String outcome, Duration worked) {
        Timer.builder("sparsemesh.tasks")
                .description("Tasks this process has worked on")
                .tag("kind", task.work().kind().name().toLowerCase(Locale.ROOT))
                .tag("outcome", outcome.toLowerCase(Locale.ROOT))
                .register(registry)
                .record(worked);
    }
}
