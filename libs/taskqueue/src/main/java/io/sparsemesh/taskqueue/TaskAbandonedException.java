package io.sparsemesh.taskqueue;

import io.sparsemesh.contracts.task.Lease;

/// A handler stopped because nobody wants the result.
public final class TaskAbandonedException extends RuntimeException {

    public TaskAbandonedException(Lease lease) {
        super("%s/%s was abandoned".formatted(lease.job(), lease.task()));
    }
}
