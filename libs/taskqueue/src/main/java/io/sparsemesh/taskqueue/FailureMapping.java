package io.sparsemesh.taskqueue;

import io.sparsemesh.contracts.task.Failure;

/// Says what a handler's exception means for the task.
@FunctionalInterface
public interface FailureMapping {
    Failure failure(Throwable thrown);
}
