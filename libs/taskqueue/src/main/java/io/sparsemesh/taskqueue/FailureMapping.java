package io.sparsemesh.taskqueue;

import io.sparsemesh.contracts.task.Failure;

/// Says what a handler's exception means for the task.
@FunctionalInterface
public interface FailureMapping {
    Failure failure(Throwable thrown);

    /// Whether the process can do no task after it, as when its device is lost; then its failure is
    /// reported, and the process ends. None is, unless a mapping says so.
    default boolean endsProcess(Throwable thrown) {
        return false;
    }
}
