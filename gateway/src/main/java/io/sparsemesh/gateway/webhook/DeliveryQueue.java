package io.sparsemesh.gateway.webhook;

import io.quarkus.hibernate.orm.panache.Panache;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.gateway.access.Tenant;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.Query;
import jakarta.transaction.Transactional;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The deliveries that are due, shared by all gateways. A claim is a lease: a gateway that is
/// killed leaves a delivery that is due again when the lease is over. Time is the database's.
@ApplicationScoped
@Transactional(Transactional.TxType.REQUIRES_NEW)
class DeliveryQueue {

    /// The first due one of each receiver, so that one with many does not keep others waiting.
    private static final String CLAIM =
            """
            with due as materialized (
                select id from gateway.webhook_delivery
                 where id in (select distinct on (receiver) id from gateway.webhook_delivery
                               where state = 'PENDING' and due_at <= now()
                                 and receiver not in (:busy)
                               order by receiver, due_at, id)
                   and state = 'PENDING' and due_at <= now()
                 order by due_at, id limit :limit
                   for update skip locked)
            update gateway.webhook_delivery d
               set attempts = d.attempts + 1,
                   due_at = now() + cast(:lease as float8) * interval '1 second'
              from due, gateway.job j where d.id = due.id and j.id = d.job_id
            returning d.id, d.job_id, j.tenant, d.seq, d.webhook, d.uri, d.receiver, d.body, d.attempts,
                      cast(extract(epoch from now() - d.created_at) as float8)
            """;

    /// Only the attempt that was begun last may say how it ended.
    private static final String FINISH =
            """
            update gateway.webhook_delivery
               set state = :state, last_status = nullif(:status, 0), last_error = nullif(:error, ''),
                   due_at = now() + cast(:pause as float8) * interval '1 second',
                   finished_at = case when :state = 'PENDING' then null else now() end
             where id = :id and attempts = :attempt and state = 'PENDING'
            """;

    private static final String STOP =
            """
            update gateway.webhook_delivery set state = 'GONE', finished_at = now()
             where job_id = :job and webhook = :webhook and state = 'PENDING'
            """;

    /// Claims deliveries that are due, at most one to each receiver.
    ///
    /// @param busy receivers that are to get nothing now
    /// @param lease after which an unfinished attempt counts as lost
    @SuppressWarnings("unchecked")
    List<Delivery> claim(Set<String> busy, int limit, Duration lease) {
        List<String> excluded = new ArrayList<>(busy);
        excluded.add("");
        List<Object[]> rows =
                query(CLAIM)
                        .setParameter("lease", seconds(lease))
                        .setParameter("busy", excluded)
                        .setParameter("limit", limit)
                        .getResultList();
        return rows.stream().map(DeliveryQueue::delivery).toList();
    }

    private static Delivery delivery(Object[] row) {
        return new Delivery(
                ((Number) row[0]).longValue(),
                new JobId((String) row[1]),
                new Tenant((String) row[2]),
                ((Number) row[3]).longValue(),
                ((Number) row[4]).intValue(),
                (String) row[5],
                (String) row[6],
                (String) row[7],
                ((Number) row[8]).intValue(),
                Duration.ofMillis(Math.round(1000 * ((Number) row[9]).doubleValue())));
    }

    /// Stores what became of an attempt.
    ///
    /// @return whether it was still the last one
    boolean finish(Delivery delivery, RetryPolicy.Verdict verdict) {
        boolean current =
                query(FINISH)
                                .setParameter("state", verdict.state().name())
                                .setParameter("status", verdict.status())
                                .setParameter("error", verdict.error())
                                .setParameter("pause", seconds(verdict.pause()))
                                .setParameter("id", delivery.id())
                                .setParameter("attempt", delivery.attempt())
                                .executeUpdate()
                        == 1;
        if (current && verdict.state() == DeliveryState.GONE) {
            query(STOP)
                    .setParameter("job", delivery.job().value())
                    .setParameter("webhook", delivery.webhook())
                    .executeUpdate();
        }
        return current;
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    private static Query query(String sql) {
        return Panache.getEntityManager().createNativeQuery(sql);
    }
}
