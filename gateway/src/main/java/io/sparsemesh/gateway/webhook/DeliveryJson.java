package io.sparsemesh.gateway.webhook;

import io.sparsemesh.contracts.JobId;
import java.time.Instant;

/// A delivery as the API shows it.
///
/// @param webhookId the header `webhook-id` and the event's `id`
/// @param seq number of the event within its job
/// @param attempts begun so far
/// @param lastStatus of the last answer; null if the last attempt had none
/// @param lastError what was wrong with the last attempt; null if nothing was
/// @param nextAttemptAt null when there will be none; while one is under way, when it counts as
///     lost
public record DeliveryJson(
        String webhookId,
        String uri,
        String event,
        long seq,
        DeliveryState state,
        int attempts,
        Integer lastStatus,
        String lastError,
        Instant createdAt,
        Instant nextAttemptAt,
        Instant finishedAt) {

    static DeliveryJson of(DeliveryRow row) {
        return new DeliveryJson(
                CloudEvent.id(new JobId(row.jobId), row.seq),
                row.uri,
                row.event,
                row.seq,
                row.state,
                row.attempts,
                row.lastStatus,
                row.lastError,
                row.createdAt,
                row.state == DeliveryState.PENDING ? row.dueAt : null,
                row.finishedAt);
    }
}
