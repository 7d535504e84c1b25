package io.sparsemesh.contracts.task;

/// Anything that a worker says about a task; ignored unless the lease is the current one.
public sealed interface TaskMessage permits TaskStarted, TaskHeartbeat, TaskSucceeded, TaskFailed {
    Lease lease();
}
