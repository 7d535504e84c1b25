package io.sparsemesh.contracts.task;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.message.Message;

/// The attempt ended without a result.
public record TaskFailed(Lease lease, Failure failure) implements TaskMessage, Message.OfJob {
    @Override
    public JobId job() {
        return lease.job();
    }
}
