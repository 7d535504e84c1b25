package io.sparsemesh.gateway.job;

import io.quarkus.hibernate.orm.panache.Panache;
import io.sparsemesh.contracts.JobId;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.util.List;

/// Finds the jobs that are to be deleted by their age.
@ApplicationScoped
class ExpiredJobs {

    /// A retry that was asked for lately may be about to run; see [JobCommands]. An end is that of
    /// the last run: a job that runs again has none.
    private static final String FIND =
            """
            select id from gateway.job
             where not deleted and finished_at is not null
               and finished_at < now() - cast(:age as float8) * interval '1 second'
               and coalesce(retry_requested_at < now() - interval '1 minute', true)
             order by finished_at
             limit :limit
            """;

    /// At most `limit` jobs, those that ended first.
    @Transactional(Transactional.TxType.REQUIRES_NEW)
    List<JobId> find(RetentionAge age, int limit) {
        return Panache.getEntityManager()
                .createNativeQuery(FIND, String.class)
                .setParameter("age", (double) age.age().toSeconds())
                .setParameter("limit", limit)
                .getResultList()
                .stream()
                .map(id -> new JobId((String) id))
                .toList();
    }
}
