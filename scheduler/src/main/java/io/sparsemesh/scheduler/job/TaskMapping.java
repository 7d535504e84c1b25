package io.sparsemesh.scheduler.job;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.scheduler.core.Phase;
import io.sparsemesh.scheduler.core.Task;
import io.sparsemesh.scheduler.core.TaskStatus;

/// Tasks to rows and back.
final class TaskMapping {

    private TaskMapping() {}

    static TaskRow newRow(JobId job, Task task) {
        TaskRow row = new TaskRow();
        row.id = key(job, task);
        row.ordinal = task.ordinal();
        row.kind = task.planned().kind().name();
        row.pool = task.pool().name();
        row.planned = Json.write(task.planned());
        write(task, row);
        return row;
    }

    static TaskKey key(JobId job, Task task) {
        return new TaskKey(job.value(), task.id().value());
    }

    /// Brings a row to the task's phase and counts.
    static void write(Task task, TaskRow row) {
        clear(row);
        row.status = task.status().name();
        row.attempt = task.attempt();
        row.failures = task.failures();
        row.losses = task.losses();
        row.worker = task.phase().worker();
        switch (task.phase()) {
            case Phase.Ready ready -> {
                row.notBefore = ready.notBefore();
                row.message = ready.why();
            }
            case Phase.Queued queued -> row.queuedAt = queued.since();
            case Phase.Running running -> {
                row.delivery = running.delivery();
                row.startedAt = running.startedAt();
                row.heartbeatAt = running.heartbeatAt();
            }
            case Phase.Succeeded done -> {
                row.output = Json.write(done.output());
                row.millis = done.millis();
            }
            case Phase.Failed failed -> row.failure = Json.write(failed.failure());
            case Phase.Blocked _, Phase.Cancelled _ -> {}
        }
    }

    private static void clear(TaskRow row) {
        row.delivery = 0;
        row.message = "";
        row.notBefore = null;
        row.queuedAt = null;
        row.startedAt = null;
        row.heartbeatAt = null;
        row.millis = 0;
        row.output = null;
        row.failure = null;
    }

    static Task read(TaskRow row) {
        return new Task(
                row.ordinal,
                Json.read(row.planned, PlannedTask.class),
                row.attempt,
                row.failures,
                row.losses,
                phase(row));
    }

    private static Phase phase(TaskRow row) {
        return switch (TaskStatus.valueOf(row.status)) {
            case BLOCKED -> new Phase.Blocked();
            case READY -> new Phase.Ready(row.notBefore, row.message);
            case QUEUED -> new Phase.Queued(row.queuedAt);
            case RUNNING ->
                    new Phase.Running(row.delivery, row.worker, row.startedAt, row.heartbeatAt);
            case SUCCEEDED ->
                    new Phase.Succeeded(
                            row.worker, Json.read(row.output, TaskOutput.class), row.millis);
            case FAILED -> new Phase.Failed(row.worker, Json.read(row.failure, Failure.class));
            case CANCELLED -> new Phase.Cancelled();
        };
    }
}
