package io.sparsemesh.taskqueue;

import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.TaskOutput;

/// Does the work of tasks. Called by one thread, one task at a time.
@FunctionalInterface
public interface TaskHandler {

    /// Does the task and stores its artifacts under `context.lease()`.
    ///
    /// @throws TaskAbandonedException if it stopped because `context` was abandoned
    /// @throws Exception if the attempt failed; see [FailureMapping]
    TaskOutput run(LayerTask task, TaskContext context) throws Exception;
}
