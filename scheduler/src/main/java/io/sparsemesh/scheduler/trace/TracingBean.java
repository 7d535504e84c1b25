package io.sparsemesh.scheduler.trace;

import io.sparsemesh.scheduler.SchedulerSettings;
import io.sparsemesh.tracing.Tracing;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/// The collector, if there is one.
final class TracingBean {

    @Produces
    @Singleton
    Tracing tracing(SchedulerSettings settings) {
        return Tracing.to(settings.traceEndpoint(), "scheduler");
    }

    void close(@Disposes Tracing tracing) {
        tracing.close();
    }
}
