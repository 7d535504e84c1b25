package io.sparsemesh.taskqueue;

import io.sparsemesh.contracts.task.Lease;

/// What a handler knows about the attempt that it works on.
public interface TaskContext {

    /// Names the attempt; artifacts are stored below it.
    Lease lease();

    /// Whether the result is wanted by nobody any more. A handler looks at it between units of
    /// work of seconds; it is not interrupted, because an interrupt would close files that tasks
    /// share.
    boolean abandoned();

    /// @throws TaskAbandonedException if [#abandoned]
    default void checkAbandoned() {
        if (abandoned()) {
            throw new TaskAbandonedException(lease());
        }
    }
}
