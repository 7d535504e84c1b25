package io.sparsemesh.contracts.message;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.model.Architecture;

/// A validated job was stored by a gateway and may be planned.
///
/// @param tenant whose it is; gateways that had none left it out
/// @param architecture what the gateway read from the model folder
public record JobSubmitted(JobId job, String tenant, JobRequest request, Architecture architecture)
        implements Message.OfJob {

    /// The only tenant where nobody is asked who they are.
    public static final String DEFAULT_TENANT = "default";

    public JobSubmitted {
        tenant = tenant == null ? DEFAULT_TENANT : tenant;
    }
}
