package io.sparsemesh.contracts.task;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.message.Message;

/// One attempt of a task, handed out through Kafka.
///
/// @param attempt counted from 1
public record LayerTask(JobId job, TaskId task, int attempt, TaskWork work)
        implements Message.OfJob {

    /// The lease of the worker that receives this record.
    public Lease lease(int delivery, String worker) {
        return new Lease(job, task, attempt, delivery, worker);
    }
}
