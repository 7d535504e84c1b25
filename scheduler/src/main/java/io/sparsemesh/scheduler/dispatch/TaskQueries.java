package io.sparsemesh.scheduler.dispatch;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.scheduler.core.DispatchWindow;
import io.sparsemesh.scheduler.core.Pool;
import io.sparsemesh.scheduler.database.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What the dispatcher and the clockwork ask of the database, over all jobs.
@ApplicationScoped
class TaskQueries {

    private static final long DISPATCH_LOCK = 0x5350_4152_5345_0002L;

    /// The lock is asked for last, and only if there is something to do under it.
    private static final String LOCK_IF_READY =
            """
            select case when exists (
                    select 1 from scheduler.task
                    where status = 'READY' and not_before <= clock_timestamp())
                then pg_try_advisory_xact_lock(?) else false end
            """;

    /// Of each tenant as many jobs as there is room for, in the order in which a tenant's jobs take
    /// turns, and as many tasks of each: no other task can be among those that are chosen.
    private static final String READY =
            """
            with open as (
                select job_id, bool_or(status = 'READY' and not_before <= clock_timestamp()) ready,
                       count(*) filter (where status <> 'READY') in_flight
                from scheduler.task
                where pool = ? and status in ('READY', 'QUEUED', 'RUNNING') group by job_id),
            turn as (
                select j.id, j.tenant, j.priority, j.created_at,
                       row_number() over (
                           partition by j.tenant
                           order by j.priority desc, o.in_flight, j.created_at, j.id collate "C") n
                from open o join scheduler.job j on j.id = o.job_id where o.ready)
            select turn.tenant, turn.id, first.task_id, turn.priority, turn.created_at,
                   first.ordinal
            from turn cross join lateral (
                select t.task_id, t.ordinal from scheduler.task t
                where t.job_id = turn.id and t.status = 'READY' and t.pool = ?
                  and t.not_before <= clock_timestamp()
                order by t.ordinal limit ?) first
            where turn.n <= ?
            """;

    private static final String IN_FLIGHT =
            "select t.pool, j.tenant, t.job_id, count(*) from scheduler.task t"
                    + " join scheduler.job j on j.id = t.job_id"
                    + " where t.status = ? group by t.pool, j.tenant, t.job_id";

    /// Also when the database's clock went back.
    private static final String DUE =
            """
            select id from scheduler.job where next_check <= clock_timestamp()
                or next_check > clock_timestamp() + interval '1 minute'
            order by next_check limit 200
            """;

    private final Database database;

    TaskQueries(Database database) {
        this.database = database;
    }

    /// Takes the dispatcher's lock until the transaction ends, if a task is ready and the lock is
    /// free.
    boolean tryLock(Connection transaction) throws SQLException {
        return Database.list(transaction, LOCK_IF_READY, row -> row.getBoolean(1), DISPATCH_LOCK)
                .getFirst();
    }

    /// Ready tasks, all those among them that can be chosen where there is room for so many.
    List<DispatchWindow.Candidate> ready(Connection transaction, Pool pool, int room)
            throws SQLException {
        return Database.list(
                transaction, READY, TaskQueries::candidate, pool.name(), pool.name(), room, room);
    }

    private static DispatchWindow.Candidate candidate(ResultSet row) throws SQLException {
        return new DispatchWindow.Candidate(
                share(row, 1),
                new TaskId(row.getString(3)),
                row.getInt(4),
                Database.instant(row, 5).orElseThrow(),
                row.getInt(6));
    }

    private static DispatchWindow.Share share(ResultSet row, int tenant) throws SQLException {
        return new DispatchWindow.Share(
                row.getString(tenant), new JobId(row.getString(tenant + 1)));
    }

    private record InFlight(Pool pool, DispatchWindow.Share share, int tasks) {}

    /// Tasks that lie in Kafka, by pool and job.
    Map<Pool, Map<DispatchWindow.Share, Integer>> queued(Connection transaction)
            throws SQLException {
        return inFlight(transaction, "QUEUED");
    }

    /// Tasks that workers have, by pool and job.
    Map<Pool, Map<DispatchWindow.Share, Integer>> running(Connection transaction)
            throws SQLException {
        return inFlight(transaction, "RUNNING");
    }

    private static Map<Pool, Map<DispatchWindow.Share, Integer>> inFlight(
            Connection transaction, String status) throws SQLException {
        Map<Pool, Map<DispatchWindow.Share, Integer>> tasks = new EnumMap<>(Pool.class);
        for (Pool pool : Pool.values()) {
            tasks.put(pool, new HashMap<>());
        }
        for (InFlight row : Database.list(transaction, IN_FLIGHT, TaskQueries::inFlight, status)) {
            tasks.get(row.pool()).put(row.share(), row.tasks());
        }
        return tasks;
    }

    private static InFlight inFlight(ResultSet row) throws SQLException {
        return new InFlight(Pool.valueOf(row.getString(1)), share(row, 2), row.getInt(4));
    }

    /// Jobs of which a clock may have run out.
    List<JobId> due() {
        return database.list(DUE, row -> new JobId(row.getString(1)));
    }
}
