package io.sparsemesh.scheduler.dispatch;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.scheduler.core.DispatchWindow;
import io.sparsemesh.scheduler.core.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What the dispatcher and the clockwork ask of the database, over all jobs.
@ApplicationScoped
class TaskQueries {

    private static final long DISPATCH_LOCK = 0x5350_4152_5345_0002L;

    private static final String READY =
            """
            select job_id, task_id, priority, created_at, ordinal from (
                select t.job_id, t.task_id, j.priority, j.created_at, t.ordinal,
                       row_number() over (partition by t.job_id order by t.ordinal) n
                from scheduler.task t join scheduler.job j on j.id = t.job_id
                where t.status = 'READY' and t.pool = ?1
                  and t.not_before <= clock_timestamp()) ready
            where n <= ?2
            """;

    private final EntityManager entities;

    TaskQueries(EntityManager entities) {
        this.entities = entities;
    }

    /// Takes the dispatcher's lock until the transaction ends, if it is free.
    boolean tryLock() {
        return (Boolean)
                entities.createNativeQuery("select pg_try_advisory_xact_lock(?1)", Boolean.class)
                        .setParameter(1, DISPATCH_LOCK)
                        .getSingleResult();
    }

    /// Pools that have a ready task.
    List<Pool> poolsWithReady() {
        List<?> pools =
                entities.createNativeQuery(
                                "select distinct pool from scheduler.task"
                                        + " where status = 'READY'"
                                        + " and not_before <= clock_timestamp()",
                                String.class)
                        .getResultList();
        return pools.stream().map(pool -> Pool.valueOf((String) pool)).toList();
    }

    /// The first `each` ready tasks of every job.
    List<DispatchWindow.Candidate> ready(Pool pool, int each) {
        List<?> rows =
                entities.createNativeQuery(READY, Tuple.class)
                        .setParameter(1, pool.name())
                        .setParameter(2, each)
                        .getResultList();
        return rows.stream().map(row -> candidate((Tuple) row)).toList();
    }

    private static DispatchWindow.Candidate candidate(Tuple tuple) {
        return new DispatchWindow.Candidate(
                new JobId(tuple.get(0, String.class)),
                new TaskId(tuple.get(1, String.class)),
                tuple.get(2, Integer.class),
                tuple.get(3, Instant.class),
                tuple.get(4, Integer.class));
    }

    /// Tasks that lie in Kafka, by job.
    Map<JobId, Integer> queued(Pool pool) {
        Map<JobId, Integer> queued = new HashMap<>();
        for (Object row :
                entities.createNativeQuery(
                                "select job_id, count(*) from scheduler.task"
                                        + " where status = 'QUEUED' and pool = ?1 group by job_id",
                                Tuple.class)
                        .setParameter(1, pool.name())
                        .getResultList()) {
            Tuple tuple = (Tuple) row;
            queued.put(
                    new JobId(tuple.get(0, String.class)), tuple.get(1, Number.class).intValue());
        }
        return queued;
    }

    /// Jobs of which a clock may have run out; also when the database's clock went back.
    List<JobId> due() {
        List<?> ids =
                entities.createNativeQuery(
                                "select id from scheduler.job where next_check <= clock_timestamp()"
                                        + " or next_check > clock_timestamp() + interval '1 minute'"
                                        + " order by next_check limit 200",
                                String.class)
                        .getResultList();
        return ids.stream().map(id -> new JobId((String) id)).toList();
    }
}
