package io.sparsemesh.scheduler.job;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.scheduler.core.Alarm;
import io.sparsemesh.scheduler.core.Job;
import io.sparsemesh.scheduler.core.Task;
import io.sparsemesh.scheduler.database.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Jobs in the database. Every method runs in the caller's transaction.
@ApplicationScoped
class JobStore {

    private static final String INSERT =
            """
            insert into scheduler.job (state, reason, state_since, seq, damping, version, next_check,
                id, tenant, request, priority, created_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?)
            """;
    private static final String UPDATE =
            """
            update scheduler.job set state = ?, reason = ?, state_since = ?, seq = ?, damping = ?,
                version = ?, next_check = ? where id = ?
            """;
    private static final String SELECT =
            "select id, tenant, request, state, reason, created_at, state_since, damping, seq from"
                    + " scheduler.job"
                    + " where id = ?";

    /// In the order of the ids, so that two that lock several jobs cannot wait for each other.
    private static final String LOCK =
            "select id, version, next_check from scheduler.job where id = any (?)"
                    + " order by id for update";

    private final JobCache cache;
    private final Alarm alarm;

    JobStore(JobCache cache, Alarm alarm) {
        this.cache = cache;
        this.alarm = alarm;
    }

    /// A job whose row this transaction has locked.
    ///
    /// @param version of the row
    /// @param nextCheck when it is to be looked at again, as the row says
    record Locked(Job job, long version, Optional<Instant> nextCheck) {}

    private record Row(JobId id, long version, Optional<Instant> nextCheck) {}

    /// What became of a locked job.
    record Change(Locked before, Job after) {}

    /// The database's time now; asked for under a job's lock, it does not go back between two
    /// decisions about a job, unless the database's clock does.
    Instant now(Connection transaction) throws SQLException {
        return Database.list(
                        transaction,
                        "select clock_timestamp()",
                        row -> Database.instant(row, 1).orElseThrow())
                .getFirst();
    }

    /// Locks jobs until the transaction ends; those that are not there are not in the answer.
    Map<JobId, Locked> lock(Connection transaction, Collection<JobId> jobs) throws SQLException {
        String[] ids = jobs.stream().map(JobId::value).toArray(String[]::new);
        Map<JobId, Locked> locked = new HashMap<>();
        for (Row row : Database.list(transaction, LOCK, JobStore::row, (Object) ids)) {
            Optional<Job> cached = cache.get(row.id(), row.version());
            Job job = cached.isPresent() ? cached.get() : load(transaction, row.id());
            locked.put(row.id(), new Locked(job, row.version(), row.nextCheck()));
        }
        return locked;
    }

    private static Row row(ResultSet row) throws SQLException {
        return new Row(new JobId(row.getString(1)), row.getLong(2), Database.instant(row, 3));
    }

    private static Job load(Connection transaction, JobId id) throws SQLException {
        Map<TaskId, Task> tasks = TaskTable.read(transaction, id);
        return Database.list(transaction, SELECT, row -> job(row, tasks), id.value()).getFirst();
    }

    private static Job job(ResultSet row, Map<TaskId, Task> tasks) throws SQLException {
        return new Job(
                new JobId(row.getString(1)),
                row.getString(2),
                Json.read(row.getString(3), JobRequest.class),
                JobState.valueOf(row.getString(4)),
                row.getString(5),
                Database.instant(row, 6).orElseThrow(),
                Database.instant(row, 7).orElseThrow(),
                row.getDouble(8),
                row.getLong(9),
                tasks);
    }

    /// Stores a job that is new; its version is 1.
    void insert(Connection transaction, Job job, Instant now) throws SQLException {
        List<Object> row = changing(job, 1, check(job, now));
        row.addAll(List.of(job.id().value(), job.tenant(), Json.write(job.request())));
        row.addAll(List.of(job.request().priority(), job.createdAt()));
        Database.update(transaction, INSERT, row.toArray());
        TaskTable.insert(transaction, job.id(), List.copyOf(job.tasks().values()));
    }

    /// Stores what differs; the version of each job that changed is one more.
    void update(Connection transaction, List<Change> changes, Instant now) throws SQLException {
        Map<JobId, List<Task>> tasks = new LinkedHashMap<>();
        List<Object[]> jobs = new ArrayList<>();
        for (Change change : changes) {
            Job job = change.after();
            boolean changed = job != change.before().job();
            Optional<Instant> check = nextCheck(change, now);
            if (changed) {
                tasks.put(job.id(), List.copyOf(job.changedSince(change.before().job())));
            }
            if (changed || !check.equals(change.before().nextCheck())) {
                List<Object> row =
                        changing(job, change.before().version() + (changed ? 1 : 0), check);
                row.add(job.id().value());
                jobs.add(row.toArray());
            }
        }
        TaskTable.update(transaction, tasks);
        Database.batch(transaction, UPDATE, jobs);
    }

    private static List<Object> changing(Job job, long version, Optional<Instant> check) {
        List<Object> row = new ArrayList<>();
        row.addAll(List.of(job.state().name(), job.reason(), job.stateSince(), job.seq()));
        row.addAll(List.of(job.damping(), version));
        row.add(check);
        return row;
    }

    /// When the job has to be looked at again. A look too early does no harm, so a time that is
    /// already noted stays while it comes soon enough; the index on it need not change then.
    private Optional<Instant> nextCheck(Change change, Instant now) {
        Optional<Instant> latest = check(change.after(), now);
        return change.before()
                .nextCheck()
                .filter(noted -> noted.isAfter(now))
                .filter(noted -> latest.filter(check -> !noted.isAfter(check)).isPresent())
                .or(() -> latest);
    }

    private Optional<Instant> check(Job job, Instant now) {
        return Optional.of(alarm.next(job, now)).filter(next -> !next.equals(Instant.MAX));
    }

    /// Deletes a job with its tasks.
    void delete(Connection transaction, JobId job) throws SQLException {
        Database.update(transaction, "delete from scheduler.job where id = ?", job.value());
    }
}
