package io.sparsemesh.gateway.webhook;

import io.sparsemesh.contracts.JobId;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.util.List;

/// Reads deliveries. Every read is a transaction of its own.
@ApplicationScoped
@Transactional(Transactional.TxType.REQUIRES_NEW)
public class DeliveryViews {

    /// Webhooks that a job may have.
    public static final int WEBHOOKS = 4;

    /// @param position in the list of the job's deliveries, by event, then by webhook
    public record Placed(int position, DeliveryJson delivery) {}

    /// A job's deliveries after a position, in order.
    public List<Placed> after(JobId job, int position, int limit) {
        return DeliveryRow.<DeliveryRow>find(
                        "jobId = ?1 and seq * ?2 + webhook > ?3 order by seq, webhook",
                        job.value(),
                        WEBHOOKS,
                        position)
                .page(0, limit)
                .stream()
                .map(row -> new Placed(position(row), DeliveryJson.of(row)))
                .toList();
    }

    private static int position(DeliveryRow row) {
        return Math.toIntExact(row.seq * WEBHOOKS + row.webhook);
    }
}
