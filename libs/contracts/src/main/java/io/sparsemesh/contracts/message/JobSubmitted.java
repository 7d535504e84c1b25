package io.sparsemesh.contracts.message;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.model.Architecture;

/// A validated job was stored by a gateway and may be planned.
///
/// @param architecture what the gateway read from the model folder
public record JobSubmitted(JobId job, JobRequest request, Architecture architecture)
        implements Message.OfJob {}
