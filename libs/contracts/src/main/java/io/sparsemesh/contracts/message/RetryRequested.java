package io.sparsemesh.contracts.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sparsemesh.contracts.JobId;

/// A user wants a failed or cancelled job to go on; finished tasks are kept.
///
/// @param damping that layers not yet solved get from now on; absent if it stays
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RetryRequested(JobId job, Double damping) implements Message.OfJob {

    /// With the damping that the job has.
    public RetryRequested(JobId job) {
        this(job, null);
    }
}
