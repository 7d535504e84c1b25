package io.sparsemesh.gateway.mlflow;

import io.quarkus.hibernate.orm.panache.Panache;
import io.sparsemesh.contracts.event.JobChanged;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.transaction.Transactional;

/// Jobs whose end is to be exported, stored with the projection of that end.
@ApplicationScoped
@Transactional(Transactional.TxType.MANDATORY)
public class Exports {

    /// A job that was retried ends again, and is exported again.
    private static final String ADD =
            """
            insert into gateway.mlflow_export (job_id, seq) values (:job, :seq)
            on conflict (job_id) do update
               set seq = excluded.seq, state = 'PENDING', attempts = 0, created_at = now(),
                   due_at = now(), last_error = null
            """;

    private final boolean wanted;
    private final Event<Stored> stored;

    Exports(MlflowSettings settings, Event<Stored> stored) {
        this.wanted = settings.url().isPresent();
        this.stored = stored;
    }

    /// Something is to be exported; the exporter observes this after the commit.
    record Stored() {}

    /// Takes note of an end, if ends are exported.
    public void add(JobChanged end) {
        if (wanted) {
            Panache.getEntityManager()
                    .createNativeQuery(ADD)
                    .setParameter("job", end.job().value())
                    .setParameter("seq", end.seq())
                    .executeUpdate();
            stored.fire(new Stored());
        }
    }
}
