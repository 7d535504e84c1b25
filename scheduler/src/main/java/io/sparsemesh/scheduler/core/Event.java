package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.task.TaskMessage;
import java.util.OptionalDouble;
import java.util.Set;

/// Something that happens to a job.
public sealed interface Event {

    /// A gateway accepted the job.
    ///
    /// @param tenant whose it is
    record Submitted(JobId job, String tenant, JobRequest request, Architecture architecture)
            implements Event {}

    /// A gateway accepted the job, and nobody can tell what it asks for: its message cannot be read
    /// or stored.
    record Unreadable(JobId job, String message) implements Event {}

    /// A user wants it stopped.
    record CancelRequested() implements Event {}

    /// A user wants it to go on after it failed or was cancelled.
    ///
    /// @param damping that layers not yet solved get from now on; empty if it stays
    record RetryRequested(OptionalDouble damping) implements Event {

        /// With the damping that the job has.
        public RetryRequested() {
            this(OptionalDouble.empty());
        }
    }

    /// A user wants it gone.
    record DeleteRequested() implements Event {}

    /// A worker said something about one of its tasks.
    record Reported(TaskMessage message) implements Event {}

    /// There is room in Kafka for one of its ready tasks.
    record Granted(TaskId task) implements Event {}

    /// The scheduler cannot tell what follows from an event of the task, such as when a message
    /// would be too long, and another try would go the same way.
    record Defect(TaskId task, String message) implements Event {}

    /// Time went by.
    ///
    /// @param idle pools that have a live worker which has been idle for a while
    /// @param hearing when the workers could be heard: their silence at other times says nothing
    record Tick(Set<Pool> idle, Hearing hearing) implements Event {
        public Tick {
            idle = Set.copyOf(idle);
        }
    }
}
