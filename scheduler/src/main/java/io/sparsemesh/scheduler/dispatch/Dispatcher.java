package io.sparsemesh.scheduler.dispatch;

import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.scheduler.core.DispatchWindow;
import io.sparsemesh.scheduler.core.Event;
import io.sparsemesh.scheduler.core.Pool;
import io.sparsemesh.scheduler.job.Jobs;
import io.sparsemesh.scheduler.loop.Loop;
import io.sparsemesh.scheduler.outbox.Committed;
import io.sparsemesh.scheduler.worker.Workers;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/// Hands out ready tasks as far as the window has room: at once after a commit, and regularly for
/// those whose pause is over.
@ApplicationScoped
class Dispatcher {

    private static final Logger LOG = Logger.getLogger(Dispatcher.class);
    private static final Duration PERIOD = Duration.ofMillis(200);

    private final TaskQueries queries;
    private final Workers workers;
    private final Jobs jobs;
    private final Loop loop = new Loop("dispatcher", PERIOD, this::dispatch);

    Dispatcher(TaskQueries queries, Workers workers, Jobs jobs) {
        this.queries = queries;
        this.workers = workers;
        this.jobs = jobs;
    }

    void start(@Observes StartupEvent event) {
        loop.start();
    }

    void stop(@Observes ShutdownEvent event) {
        loop.stop();
    }

    void wake(@Observes Committed committed) {
        loop.wake();
    }

    /// One replica at a time holds the lock, so that two do not fill the window twice. Each job's
    /// grants are a transaction of their own: what goes wrong with one job leaves others alone.
    private void dispatch() {
        QuarkusTransaction.requiringNew()
                .run(
                        () -> {
                            List<Pool> pools = queries.poolsWithReady();
                            if (!pools.isEmpty() && queries.tryLock()) {
                                choose(pools).forEach(this::grant);
                            }
                        });
    }

    private Map<JobId, List<Event.Granted>> choose(List<Pool> pools) {
        Map<Pool, Integer> live = workers.live();
        Map<JobId, List<Event.Granted>> grants = new LinkedHashMap<>();
        for (Pool pool : pools) {
            int workersOfPool = live.getOrDefault(pool, 0);
            List<DispatchWindow.Candidate> chosen =
                    DispatchWindow.choose(
                            queries.ready(pool, DispatchWindow.size(workersOfPool)),
                            queries.queued(pool),
                            workersOfPool);
            for (DispatchWindow.Candidate candidate : chosen) {
                grants.computeIfAbsent(candidate.job(), _ -> new ArrayList<>())
                        .add(new Event.Granted(candidate.task()));
            }
        }
        return grants;
    }

    private void grant(JobId job, List<Event.Granted> grants) {
        try {
            jobs.happen(job, grants);
        } catch (RuntimeException e) {
            LOG.errorf(e, "cannot hand out %d tasks jobId=%s", grants.size(), job);
        }
    }
}
