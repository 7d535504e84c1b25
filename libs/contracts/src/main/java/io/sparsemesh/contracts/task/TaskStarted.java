package io.sparsemesh.contracts.task;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.message.Message;

/// A worker took the attempt; sent before the record is acknowledged and before any work.
public record TaskStarted(Lease lease) implements TaskMessage, Message.OfJob {
    @Override
    public JobId job() {
        return lease.job();
    }
}
