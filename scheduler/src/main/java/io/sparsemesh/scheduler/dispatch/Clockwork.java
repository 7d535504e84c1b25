package io.sparsemesh.scheduler.dispatch;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.scheduler.core.Event;
import io.sparsemesh.scheduler.intake.ResultsWatch;
import io.sparsemesh.scheduler.job.Happening;
import io.sparsemesh.scheduler.job.Jobs;
import io.sparsemesh.scheduler.loop.Loop;
import io.sparsemesh.scheduler.worker.Workers;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import org.jboss.logging.Logger;

/// Tells jobs that time went by: the reaper. A job is ticked when one of its clocks may have run
/// out; two replicas that do so at once wait for each other at the job's row.
@ApplicationScoped
class Clockwork {

    private static final Logger LOG = Logger.getLogger(Clockwork.class);
    private static final Duration PERIOD = Duration.ofMillis(250);

    private final TaskQueries queries;
    private final Workers workers;
    private final ResultsWatch results;
    private final Jobs jobs;
    private final Loop loop = new Loop("reaper", PERIOD, this::tick);

    Clockwork(TaskQueries queries, Workers workers, ResultsWatch results, Jobs jobs) {
        this.queries = queries;
        this.workers = workers;
        this.results = results;
        this.jobs = jobs;
    }

    void start(@Observes StartupEvent event) {
        loop.start();
    }

    void stop(@Observes ShutdownEvent event) {
        loop.stop();
    }

    private void tick() {
        List<JobId> due = queries.due();
        if (due.isEmpty()) {
            return;
        }
        Event.Tick tick = new Event.Tick(workers.idle(), results.hearing());
        for (JobId job : due) {
            try {
                jobs.happen(List.of(Happening.of(job, tick)));
            } catch (RuntimeException e) {
                LOG.errorf(e, "cannot check the clocks jobId=%s", job);
            }
        }
    }
}
