package io.sparsemesh.scheduler.dispatch;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.scheduler.SchedulerSettings;
import io.sparsemesh.scheduler.inbox.Inbox;
import io.sparsemesh.scheduler.loop.Loop;
import io.sparsemesh.scheduler.worker.Workers;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;

/// Forgets, now and then, what is too old to matter.
@ApplicationScoped
class Housekeeping {

    private final Inbox inbox;
    private final Workers workers;
    private final Duration repeatsKnown;
    private final Loop loop;

    Housekeeping(Inbox inbox, Workers workers, SchedulerSettings settings) {
        this.inbox = inbox;
        this.workers = workers;
        this.repeatsKnown = settings.repeatsKnown();
        this.loop = new Loop("housekeeping", settings.cleanedEvery(), this::clean);
    }

    void start(@Observes StartupEvent event) {
        loop.start();
    }

    void stop(@Observes ShutdownEvent event) {
        loop.stop();
    }

    private void clean() {
        inbox.forget(repeatsKnown);
        workers.forget();
    }
}
