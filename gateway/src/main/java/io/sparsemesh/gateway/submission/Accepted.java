package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.RequestDocument;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.plan.JobPlan;
import java.util.List;

/// A request that can run: all defaults filled in, all paths real.
///
/// @param webhooks which the scheduler need not know
public record Accepted(
        JobRequest request,
        Architecture architecture,
        JobPlan plan,
        List<RequestDocument.Webhook> webhooks) {

    /// What users see of it.
    public RequestDocument document() {
        return RequestDocument.of(request).with(webhooks);
    }
}
