package io.sparsemesh.contracts.task;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.message.Message;

/// The attempt is done and its artifacts are visible.
///
/// @param millis wall time of the work
public record TaskSucceeded(Lease lease, TaskOutput output, long millis)
        implements TaskMessage, Message.OfJob {
    @Override
    public JobId job() {
        return lease.job();
    }
}
