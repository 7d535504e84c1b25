package io.sparsemesh.scheduler.job;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.scheduler.core.Alarm;
import io.sparsemesh.scheduler.core.Job;
import io.sparsemesh.scheduler.core.Task;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Jobs in the database. Every method runs in the caller's transaction.
@ApplicationScoped
class JobStore {

    /// From here on, one query for all tasks is cheaper than one for each.
    private static final int MANY = 20;

    private final EntityManager entities;
    private final JobCache cache;
    private final Alarm alarm;

    JobStore(EntityManager entities, JobCache cache, Alarm alarm) {
        this.entities = entities;
        this.cache = cache;
        this.alarm = alarm;
    }

    /// A job whose row this transaction has locked.
    record Locked(JobRow row, Job job) {}

    /// The database's time now; asked for under a job's lock, it does not go back between two
    /// decisions about a job, unless the database's clock does.
    Instant now() {
        return (Instant)
                entities.createNativeQuery("select clock_timestamp()", Instant.class)
                        .getSingleResult();
    }

    /// Locks the job until the transaction ends; empty if there is none.
    Optional<Locked> lock(JobId id) {
        JobRow row = JobRow.findById(id.value(), LockModeType.PESSIMISTIC_WRITE);
        return row == null
                ? Optional.empty()
                : Optional.of(
                        new Locked(row, cache.get(id, row.version).orElseGet(() -> load(row))));
    }

    private static Job load(JobRow row) {
        Map<TaskId, Task> tasks = new LinkedHashMap<>();
        List<TaskRow> rows = TaskRow.list("id.jobId = ?1 order by ordinal", row.id);
        for (TaskRow task : rows) {
            Task read = TaskMapping.read(task);
            tasks.put(read.id(), read);
        }
        return new Job(
                new JobId(row.id),
                Json.read(row.request, JobRequest.class),
                JobState.valueOf(row.state),
                row.reason,
                row.createdAt,
                row.stateSince,
                row.seq,
                tasks);
    }

    /// Stores a job that is new.
    void insert(Job job, Instant now) {
        JobRow row = new JobRow();
        row.id = job.id().value();
        row.request = Json.write(job.request());
        row.priority = job.request().priority();
        row.createdAt = job.createdAt();
        write(job, row, now);
        row.persist();
        job.tasks().values().forEach(task -> TaskMapping.newRow(job.id(), task).persist());
    }

    /// Stores what differs between `locked` and `after`.
    void update(Locked locked, Job after, Instant now) {
        Collection<Task> changed = after.changedSince(locked.job());
        if (changed.size() > MANY) {
            TaskRow.list("id.jobId", after.id().value());
        }
        for (Task task : changed) {
            TaskRow row = TaskRow.findById(TaskMapping.key(after.id(), task));
            TaskMapping.write(task, row);
        }
        write(after, locked.row(), now);
    }

    private void write(Job job, JobRow row, Instant now) {
        row.state = job.state().name();
        row.reason = job.reason();
        row.stateSince = job.stateSince();
        row.seq = job.seq();
        row.version++;
        schedule(job, row, now);
    }

    /// Notes when the job has to be looked at again.
    void schedule(Job job, JobRow row, Instant now) {
        Instant next = alarm.next(job, now);
        row.nextCheck = next.equals(Instant.MAX) ? null : next;
    }

    void delete(Locked locked) {
        TaskRow.delete("id.jobId", locked.row().id);
        locked.row().delete();
    }
}
