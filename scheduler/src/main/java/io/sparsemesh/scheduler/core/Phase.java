package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.TaskOutput;
import java.time.Instant;

/// Where a task stands, and only what is known of it there. Times are the database's.
public sealed interface Phase {

    TaskStatus status();

    /// Name of the worker that has or had the task in this phase, empty if none.
    default String worker() {
        return "";
    }

    /// A task that it depends on has not succeeded.
    record Blocked() implements Phase {
        @Override
        public TaskStatus status() {
            return TaskStatus.BLOCKED;
        }
    }

    /// It may be handed out.
    ///
    /// @param notBefore end of the pause after a lost or failed attempt
    /// @param why what became of the last attempt, empty before the first
    record Ready(Instant notBefore, String why) implements Phase {
        @Override
        public TaskStatus status() {
            return TaskStatus.READY;
        }
    }

    /// A record of its attempt lies in Kafka, or in the outbox.
    ///
    /// @param readySince since when the attempt might have been handed out
    record Queued(Instant since, Instant readySince) implements Phase {
        @Override
        public TaskStatus status() {
            return TaskStatus.QUEUED;
        }
    }

    /// A worker holds the lease: the task's attempt, `delivery` and `worker`.
    record Running(int delivery, String worker, Instant startedAt, Instant heartbeatAt)
            implements Phase {
        @Override
        public TaskStatus status() {
            return TaskStatus.RUNNING;
        }
    }

    /// Done; left only when an artifact of the output turns out to be damaged, or is needed again
    /// after it was removed.
    record Succeeded(String worker, TaskOutput output, long millis) implements Phase {
        @Override
        public TaskStatus status() {
            return TaskStatus.SUCCEEDED;
        }
    }

    /// The attempt that failed the job.
    record Failed(String worker, Failure failure) implements Phase {
        @Override
        public TaskStatus status() {
            return TaskStatus.FAILED;
        }
    }

    /// Given up because the job was cancelled, failed, or does without it.
    record Cancelled() implements Phase {
        @Override
        public TaskStatus status() {
            return TaskStatus.CANCELLED;
        }
    }
}
