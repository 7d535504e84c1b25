package io.sparsemesh.gateway.webhook;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.gateway.access.Tenant;
import java.time.Duration;

/// An attempt to tell a receiver of an event, claimed by this gateway.
///
/// @param tenant whose job it is
/// @param webhook place in the job's list
/// @param receiver host and port
/// @param attempt number of this attempt, from 1
/// @param age since the event was projected
record Delivery(
        long id,
        JobId job,
        Tenant tenant,
        long seq,
        int webhook,
        String uri,
        String receiver,
        String body,
        int attempt,
        Duration age) {

    /// The same in each attempt.
    String webhookId() {
        return CloudEvent.id(job, seq);
    }
}
