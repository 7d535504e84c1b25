package io.sparsemesh.scheduler.job;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.scheduler.core.Phase;
import io.sparsemesh.scheduler.core.Task;
import io.sparsemesh.scheduler.core.TaskStatus;
import io.sparsemesh.scheduler.database.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Tasks to rows and back. `status` says which of the columns mean something; see [Phase].
final class TaskTable {

    private static final String INSERT =
            """
            insert into scheduler.task (status, attempt, failures, losses, delivery, worker,
                message, not_before, queued_at, started_at, heartbeat_at, millis, output, failure,
                job_id, task_id, ordinal, kind, pool, planned)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?::jsonb,
                ?, ?, ?, ?, ?, ?::jsonb)
            """;
    private static final String UPDATE =
            """
            update scheduler.task set status = ?, attempt = ?, failures = ?, losses = ?,
                delivery = ?, worker = ?, message = ?, not_before = ?, queued_at = ?,
                started_at = ?, heartbeat_at = ?, millis = ?, output = ?::jsonb, failure = ?::jsonb
            where job_id = ? and task_id = ?
            """;
    private static final String SELECT =
            """
            select status, attempt, failures, losses, delivery, worker, message, not_before,
                queued_at, started_at, heartbeat_at, millis, output, failure, ordinal, planned
            from scheduler.task where job_id = ? order by ordinal
            """;

    private TaskTable() {}

    static void insert(Connection transaction, JobId job, List<Task> tasks) throws SQLException {
        List<Object[]> rows = new ArrayList<>();
        for (Task task : tasks) {
            List<Object> row = changing(task);
            row.addAll(List.of(job.value(), task.id().value(), task.ordinal()));
            row.addAll(List.of(task.planned().kind().name(), task.pool().name()));
            row.add(Json.write(task.planned()));
            rows.add(row.toArray());
        }
        Database.batch(transaction, INSERT, rows);
    }

    /// Brings rows to their tasks' phases and counts.
    ///
    /// @param changed tasks by job
    static void update(Connection transaction, Map<JobId, List<Task>> changed) throws SQLException {
        List<Object[]> rows = new ArrayList<>();
        changed.forEach(
                (job, tasks) -> {
                    for (Task task : tasks) {
                        List<Object> row = changing(task);
                        row.addAll(List.of(job.value(), task.id().value()));
                        rows.add(row.toArray());
                    }
                });
        Database.batch(transaction, UPDATE, rows);
    }

    /// The job's tasks in plan order.
    static Map<TaskId, Task> read(Connection transaction, JobId job) throws SQLException {
        Map<TaskId, Task> tasks = new LinkedHashMap<>();
        for (Task task : Database.list(transaction, SELECT, TaskTable::read, job.value())) {
            tasks.put(task.id(), task);
        }
        return tasks;
    }

    /// The columns that change, in the order of the statements.
    private static List<Object> changing(Task task) {
        Times times = Times.of(task.phase());
        List<Object> row = new ArrayList<>();
        row.add(task.status().name());
        row.add(task.attempt());
        row.add(task.failures());
        row.add(task.losses());
        row.add(task.phase() instanceof Phase.Running running ? running.delivery() : 0);
        row.add(task.phase().worker());
        row.add(task.phase() instanceof Phase.Ready ready ? ready.why() : "");
        row.addAll(List.of(times.notBefore(), times.queued(), times.started(), times.heartbeat()));
        Optional<Phase.Succeeded> done =
                task.phase() instanceof Phase.Succeeded s ? Optional.of(s) : Optional.empty();
        row.add(done.map(Phase.Succeeded::millis).orElse(0L));
        row.add(done.map(succeeded -> Json.write(succeeded.output())));
        row.add(
                task.phase() instanceof Phase.Failed failed
                        ? Optional.of(Json.write(failed.failure()))
                        : Optional.empty());
        return row;
    }

    private record Times(
            Optional<Instant> notBefore,
            Optional<Instant> queued,
            Optional<Instant> started,
            Optional<Instant> heartbeat) {
        private static final Optional<Instant> NEVER = Optional.empty();

        static Times of(Phase phase) {
            return switch (phase) {
                case Phase.Ready ready ->
                        new Times(Optional.of(ready.notBefore()), NEVER, NEVER, NEVER);
                case Phase.Queued queued ->
                        new Times(
                                Optional.of(queued.readySince()),
                                Optional.of(queued.since()),
                                NEVER,
                                NEVER);
                case Phase.Running running ->
                        new Times(
                                NEVER,
                                NEVER,
                                Optional.of(running.startedAt()),
                                Optional.of(running.heartbeatAt()));
                case Phase.Blocked _, Phase.Succeeded _, Phase.Failed _, Phase.Cancelled _ ->
                        new Times(NEVER, NEVER, NEVER, NEVER);
            };
        }
    }

    private static Task read(ResultSet row) throws SQLException {
        return new Task(
                row.getInt(15),
                Json.read(row.getString(16), PlannedTask.class),
                row.getInt(2),
                row.getInt(3),
                row.getInt(4),
                phase(row));
    }

    private static Phase phase(ResultSet row) throws SQLException {
        String worker = row.getString(6);
        return switch (TaskStatus.valueOf(row.getString(1))) {
            case BLOCKED -> new Phase.Blocked();
            case READY -> new Phase.Ready(time(row, 8), row.getString(7));
            case QUEUED -> queued(row);
            case RUNNING -> new Phase.Running(row.getInt(5), worker, time(row, 10), time(row, 11));
            case SUCCEEDED ->
                    new Phase.Succeeded(
                            worker,
                            Json.read(row.getString(13), TaskOutput.class),
                            row.getLong(12));
            case FAILED -> new Phase.Failed(worker, Json.read(row.getString(14), Failure.class));
            case CANCELLED -> new Phase.Cancelled();
        };
    }

    /// Rows of an earlier version do not say since when the attempt was ready.
    private static Phase queued(ResultSet row) throws SQLException {
        Instant since = time(row, 9);
        return new Phase.Queued(since, Database.instant(row, 8).orElse(since));
    }

    private static Instant time(ResultSet row, int column) throws SQLException {
        return Database.instant(row, column).orElseThrow();
    }
}
