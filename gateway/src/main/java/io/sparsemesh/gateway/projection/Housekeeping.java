package io.sparsemesh.gateway.projection;

import io.quarkus.hibernate.orm.panache.Panache;
import io.quarkus.scheduler.Scheduled;
import io.smallrye.config.ConfigMapping;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.time.Duration;
import java.util.List;

/// Removes rows that have outlived their use. Repeated messages are known for as long as is set, so
/// is that a job was removed; repeated submissions for a day; a repeated event is known by its
/// number for as long as its job is there. What webhooks were told is shown for a week; that a
/// receiver is gone is known as long as its job.
@ApplicationScoped
class Housekeeping {

    private static final List<String> STATEMENTS =
            List.of(
                    "delete from gateway.idempotency where created_at < now() - interval '24 hours'",
                    "delete from gateway.worker where last_heartbeat < now() - interval '1 day'",
                    """
                    delete from gateway.webhook_delivery
                     where finished_at < now() - interval '7 days' and state <> 'GONE'
                    """);

    private static final List<String> OF_REPEATS =
            List.of(
                    "delete from gateway.inbox where received_at < now() - make_interval(secs => ?1)",
                    """
                    delete from gateway.event e
                     where e.type = 'job.removed' and e.at < now() - make_interval(secs => ?1)
                    """);

    private final double repeatsKnown;

    Housekeeping(Settings settings) {
        this.repeatsKnown = settings.repeatsKnown().toMillis() / 1000.0;
    }

    @ConfigMapping(prefix = "sparsemesh.gateway.housekeeping")
    interface Settings {

        /// How long messages that were processed are known.
        Duration repeatsKnown();

        /// Pause from one cleaning to the next.
        Duration every();
    }

    @Scheduled(every = "{sparsemesh.gateway.housekeeping.every}", delayed = "1m")
    @Transactional
    void clean() {
        STATEMENTS.forEach(
                sql -> Panache.getEntityManager().createNativeQuery(sql).executeUpdate());
        OF_REPEATS.forEach(
                sql ->
                        Panache.getEntityManager()
                                .createNativeQuery(sql)
                                .setParameter(1, repeatsKnown)
                                .executeUpdate());
    }
}
