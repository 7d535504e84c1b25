package io.sparsemesh.scheduler.dispatch;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.scheduler.inbox.Inbox;
import io.sparsemesh.scheduler.loop.Loop;
import io.sparsemesh.scheduler.worker.Workers;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;

/// Forgets, every hour, what is too old to matter.
@ApplicationScoped
class Housekeeping {

    private final Inbox inbox;
    private final Workers workers;
    private final Loop loop = new Loop("housekeeping", Duration.ofHours(1), this::clean);

    Housekeeping(Inbox inbox, Workers workers) {
        this.inbox = inbox;
        this.workers = workers;
    }

    void start(@Observes StartupEvent event) {
        loop.start();
    }

    void stop(@Observes ShutdownEvent event) {
        loop.stop();
    }

    private void clean() {
        inbox.forget();
        workers.forget();
    }
}
