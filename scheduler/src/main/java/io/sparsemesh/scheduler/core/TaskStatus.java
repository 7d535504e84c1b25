package io.sparsemesh.scheduler.core;

/// Where a task stands, without the data that goes with it; see [Phase].
public enum TaskStatus {
    BLOCKED,
    READY,
    QUEUED,
    RUNNING,
    SUCCEEDED,
    FAILED,
    CANCELLED
}
