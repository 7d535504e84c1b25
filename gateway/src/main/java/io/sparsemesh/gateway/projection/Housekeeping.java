package io.sparsemesh.gateway.projection;

import io.quarkus.hibernate.orm.panache.Panache;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.util.List;

/// Removes rows that have outlived their use. Repeated messages are known for a week, repeated
/// submissions for a day; a repeated event is known by its number for as long as its job is there.
/// What webhooks were told is shown for a week; that a receiver is gone is known as long as its
/// job.
@ApplicationScoped
class Housekeeping {

    private static final List<String> STATEMENTS =
            List.of(
                    "delete from gateway.inbox where received_at < now() - interval '7 days'",
                    "delete from gateway.idempotency where created_at < now() - interval '24 hours'",
                    "delete from gateway.worker where last_heartbeat < now() - interval '1 day'",
                    """
                    delete from gateway.event e
                     where e.type = 'job.removed' and e.at < now() - interval '7 days'
                    """,
                    """
                    delete from gateway.webhook_delivery
                     where finished_at < now() - interval '7 days' and state <> 'GONE'
                    """);

    @Scheduled(every = "1h", delayed = "1m")
    @Transactional
    void clean() {
        STATEMENTS.forEach(
                sql -> Panache.getEntityManager().createNativeQuery(sql).executeUpdate());
    }
}
