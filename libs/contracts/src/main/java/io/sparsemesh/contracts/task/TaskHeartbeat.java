package io.sparsemesh.contracts.task;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.message.Message;

/// The worker still holds the attempt; sent every 5 seconds from a thread of its own.
public record TaskHeartbeat(Lease lease) implements TaskMessage, Message.OfJob {
    @Override
    public JobId job() {
        return lease.job();
    }
}
