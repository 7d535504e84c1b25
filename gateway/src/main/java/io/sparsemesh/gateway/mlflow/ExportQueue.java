package io.sparsemesh.gateway.mlflow;

import io.quarkus.hibernate.orm.panache.Panache;
import io.sparsemesh.contracts.JobId;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.Query;
import jakarta.transaction.Transactional;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The exports that are due, shared by all gateways. A claim is a lease, as of webhooks.
@ApplicationScoped
@Transactional(Transactional.TxType.REQUIRES_NEW)
class ExportQueue {

    private static final String CLAIM =
            """
            update gateway.mlflow_export e
               set attempts = e.attempts + 1,
                   due_at = now() + cast(:lease as float8) * interval '1 second'
             where job_id = (select job_id from gateway.mlflow_export
                              where state = 'PENDING' and due_at <= now()
                              order by due_at limit 1
                                for update skip locked)
            returning job_id, seq, attempts,
                      cast(extract(epoch from now() - created_at) as float8)
            """;

    /// Only the last attempt at the last end may say what came of it.
    private static final String FINISH =
            """
            update gateway.mlflow_export
               set state = :state, last_error = nullif(:error, ''),
                   due_at = now() + cast(:pause as float8) * interval '1 second'
             where job_id = :job and seq = :seq and attempts = :attempt and state = 'PENDING'
            """;

    /// An attempt to export the end of a job, claimed by this gateway.
    ///
    /// @param seq number of the event that ended the job
    /// @param attempt from 1
    /// @param age since the end was projected
    record Export(JobId job, long seq, int attempt, Duration age) {}

    /// @param lease after which an unfinished attempt counts as lost
    Optional<Export> claim(Duration lease) {
        List<?> rows = query(CLAIM).setParameter("lease", seconds(lease)).getResultList();
        return rows.stream().findFirst().map(row -> export((Object[]) row));
    }

    private static Export export(Object[] row) {
        return new Export(
                new JobId((String) row[0]),
                ((Number) row[1]).longValue(),
                ((Number) row[2]).intValue(),
                Duration.ofMillis(Math.round(1000 * ((Number) row[3]).doubleValue())));
    }

    /// @param error empty if there is none
    /// @param pause before the next attempt
    /// @return whether it was still the last attempt
    boolean finish(Export export, ExportState state, String error, Duration pause) {
        return query(FINISH)
                        .setParameter("state", state.name())
                        .setParameter("error", error)
                        .setParameter("pause", seconds(pause))
                        .setParameter("job", export.job().value())
                        .setParameter("seq", export.seq())
                        .setParameter("attempt", export.attempt())
                        .executeUpdate()
                == 1;
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    private static Query query(String sql) {
        return Panache.getEntityManager().createNativeQuery(sql);
    }
}
