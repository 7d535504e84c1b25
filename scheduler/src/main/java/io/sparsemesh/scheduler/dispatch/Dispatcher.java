package io.sparsemesh.scheduler.dispatch;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.scheduler.core.DispatchWindow;
import io.sparsemesh.scheduler.core.Event;
import io.sparsemesh.scheduler.core.Pool;
import io.sparsemesh.scheduler.core.TenantTurns;
import io.sparsemesh.scheduler.database.Database;
import io.sparsemesh.scheduler.job.Happening;
import io.sparsemesh.scheduler.job.Jobs;
import io.sparsemesh.scheduler.job.TaskTimes;
import io.sparsemesh.scheduler.loop.Loop;
import io.sparsemesh.scheduler.outbox.Committed;
import io.sparsemesh.scheduler.worker.Workers;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
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

    /// While several tasks become ready at a time, a little more are waited for.
    private static final Duration LINGER = Duration.ofMillis(10);

    private final TaskQueries queries;
    private final Database database;
    private final Workers workers;
    private final Jobs jobs;
    private final TaskTimes taskTimes;
    private final Loop loop = new Loop("dispatcher", PERIOD, this::dispatch);

    /// What this replica remembers of tenants, for each pool; another, or the next, begins anew.
    private final Map<Pool, TenantTurns> tenants = new EnumMap<>(Pool.class);

    private int together;

    Dispatcher(
            TaskQueries queries,
            Database database,
            Workers workers,
            Jobs jobs,
            TaskTimes taskTimes) {
        this.queries = queries;
        this.database = database;
        this.workers = workers;
        this.jobs = jobs;
        this.taskTimes = taskTimes;
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

    /// One replica at a time holds the lock, so that two do not fill the window twice. The grants
    /// are another transaction, which commits before the lock is free.
    private void dispatch() throws InterruptedException {
        if (together > 1) {
            Thread.sleep(LINGER);
        }
        together = grantReady();
    }

    /// Returns how many tasks were ready and had room.
    private int grantReady() {
        return database.transaction(
                transaction -> {
                    List<Happening> grants =
                            queries.tryLock(transaction) ? choose(transaction) : List.of();
                    grant(grants);
                    return grants.size();
                });
    }

    private List<Happening> choose(Connection transaction) throws SQLException {
        Map<Pool, Integer> live = workers.live();
        Map<Pool, Map<DispatchWindow.Share, Integer>> queued = queries.queued(transaction);
        Map<Pool, Map<DispatchWindow.Share, Integer>> running = queries.running(transaction);
        List<Happening> grants = new ArrayList<>();
        for (Pool pool : Pool.values()) {
            DispatchWindow.Pace pace =
                    new DispatchWindow.Pace(
                            queued.get(pool),
                            running.get(pool),
                            live.getOrDefault(pool, 0),
                            taskTimes.of(pool));
            if (pace.room() > 0) {
                choose(pool, queries.ready(transaction, pool, pace.room()), pace)
                        .forEach(chosen -> grants.add(granted(chosen)));
            }
        }
        return grants;
    }

    private List<DispatchWindow.Candidate> choose(
            Pool pool, List<DispatchWindow.Candidate> ready, DispatchWindow.Pace pace) {
        TenantTurns turns = tenants.computeIfAbsent(pool, _ -> new TenantTurns());
        List<DispatchWindow.Candidate> chosen = DispatchWindow.choose(ready, pace, turns);
        turns.went(chosen, ready, pace);
        return chosen;
    }

    private static Happening granted(DispatchWindow.Candidate chosen) {
        return Happening.of(chosen.job(), new Event.Granted(chosen.task()));
    }

    /// All in one transaction; if that fails, each job in one of its own: what goes wrong with one
    /// job leaves others alone.
    private void grant(List<Happening> grants) {
        if (grants.isEmpty()) {
            return;
        }
        try {
            jobs.happen(grants);
        } catch (RuntimeException e) {
            LOG.debugf(e, "cannot hand out %d tasks at once", grants.size());
            byJob(grants).forEach(this::grantApart);
        }
    }

    private void grantApart(List<Happening> grants) {
        try {
            jobs.happen(grants);
        } catch (RuntimeException e) {
            LOG.errorf(
                    e, "cannot hand out %d tasks jobId=%s", grants.size(), grants.getFirst().job());
        }
    }

    private static Collection<List<Happening>> byJob(List<Happening> grants) {
        Map<JobId, List<Happening>> byJob = new LinkedHashMap<>();
        for (Happening grant : grants) {
            byJob.computeIfAbsent(grant.job(), _ -> new ArrayList<>()).add(grant);
        }
        return byJob.values();
    }
}
