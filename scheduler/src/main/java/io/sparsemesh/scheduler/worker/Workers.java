package io.sparsemesh.scheduler.worker;

import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.scheduler.SchedulerSettings;
import io.sparsemesh.scheduler.core.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Who is there. Times are the database's, at which a status was received.
@ApplicationScoped
public class Workers {

    private final EntityManager entities;
    private final Duration silence;
    private final Duration idleFor;

    Workers(EntityManager entities, SchedulerSettings settings) {
        this.entities = entities;
        this.silence = settings.workerSilence();
        this.idleFor = settings.idleFor();
    }

    @Transactional
    public void seen(WorkerStatus status) {
        Instant now = now();
        WorkerRow row = WorkerRow.findById(status.worker());
        boolean known = row != null;
        WorkerRow worker = known ? row : new WorkerRow();
        worker.name = status.worker();
        worker.role = status.role();
        worker.leaving = status.leaving();
        worker.lastSeen = now;
        worker.currentTask = status.currentTask();
        if (!status.currentTask().isEmpty()) {
            worker.idleSince = null;
        } else if (worker.idleSince == null) {
            worker.idleSince = now;
        }
        if (!known) {
            worker.persist();
        }
    }

    private Instant now() {
        return (Instant)
                entities.createNativeQuery("select now()", Instant.class).getSingleResult();
    }

    /// Live workers that take tasks, by pool.
    @Transactional
    public Map<Pool, Integer> live() {
        Map<Pool, Integer> live = new EnumMap<>(Pool.class);
        for (WorkerRow worker : present()) {
            Pool.ofRole(worker.role).ifPresent(pool -> live.merge(pool, 1, Integer::sum));
        }
        return live;
    }

    /// Pools that have a live worker which has been idle for a while: what lies in their topics
    /// should have been taken.
    @Transactional
    public Set<Pool> idle() {
        Instant before = now().minus(idleFor);
        Set<Pool> idle = EnumSet.noneOf(Pool.class);
        for (WorkerRow worker : present()) {
            if (worker.idleSince != null && worker.idleSince.isBefore(before)) {
                Pool.ofRole(worker.role).ifPresent(idle::add);
            }
        }
        return idle;
    }

    private List<WorkerRow> present() {
        return WorkerRow.list("leaving = false and lastSeen > ?1", now().minus(silence));
    }

    /// Forgets processes that are long gone: each has a name of its own.
    @Transactional
    public void forget() {
        WorkerRow.delete("lastSeen < ?1", now().minus(Duration.ofDays(1)));
    }
}
