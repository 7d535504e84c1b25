package io.sparsemesh.taskqueue;

import io.sparsemesh.contracts.task.LayerTask;
import java.time.Duration;

/// Hears of attempts, for metrics and for tests of faults.
public interface TaskObserver {

    /// Hears nothing.
    TaskObserver NONE = new TaskObserver() {};

    /// The broker has `started`, the record is not accepted yet: a worker that dies here has its
    /// record given to another one.
    default void announced(LayerTask task) {}

    /// The record is accepted, the work begins.
    default void started(LayerTask task) {}

    /// @param outcome `succeeded`, or the [io.sparsemesh.contracts.task.Failure.Kind]'s name
    default void finished(LayerTask task, String outcome, Duration worked) {}

    /// After an error that the process should not outlive, such as an [OutOfMemoryError]; the
    /// failure is reported.
    default void fatal(Throwable error) {}

    /// After an error that leaves the process in order but unable to do any task, such as the loss
    /// of its device; the failure is reported, and no more tasks are taken.
    default void unfit(Throwable error) {}
}
