package io.sparsemesh.contracts.event;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.task.TaskKind;
import java.time.Instant;

/// A task was taken, finished, failed or lost.
///
/// @param state `RUNNING`, `SUCCEEDED`, `FAILED`, `RETRYING` or `CANCELLED`
/// @param message why, empty if there is nothing to say
public record TaskChanged(
        JobId job,
        long seq,
        Instant at,
        TaskId task,
        TaskKind kind,
        String state,
        int attempt,
        String worker,
        String message)
        implements JobEvent {}
