package io.sparsemesh.gateway.projection;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.hibernate.orm.panache.Panache;
import io.sparsemesh.contracts.event.JobEvent;
import io.sparsemesh.gateway.job.JobProjection;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import org.jboss.logging.Logger;

/// Projects each event once: its id is stored in the transaction of the projection.
@ApplicationScoped
class Inbox {

    private static final Logger LOG = Logger.getLogger(Inbox.class);

    private final JobProjection projection;
    private final Counter projected;

    Inbox(JobProjection projection, MeterRegistry metrics) {
        this.projection = projection;
        this.projected =
                Counter.builder("sparsemesh.gateway.events.projected")
                        .description("Events of jobs that changed a view")
                        .register(metrics);
    }

    /// Projects an event in a transaction of its own.
    ///
    /// @return whether it changed a view; false for a repetition, or when there is no such job
    @Transactional(Transactional.TxType.REQUIRES_NEW)
    boolean project(String id, JobEvent event) {
        if (!isNew(id)) {
            LOG.debugf("event repeated id=%s jobId=%s", id, event.job());
            return false;
        }
        JobProjection.Outcome outcome = projection.apply(event);
        switch (outcome) {
            case APPLIED -> projected.increment();
            case REPEATED -> LOG.debugf("event repeated jobId=%s seq=%d", event.job(), event.seq());
            case UNKNOWN_JOB ->
                    LOG.warnf("event of an unknown job jobId=%s seq=%d", event.job(), event.seq());
        }
        return outcome == JobProjection.Outcome.APPLIED;
    }

    private static boolean isNew(String id) {
        return Panache.getEntityManager()
                        .createNativeQuery(
                                """
                                insert into gateway.inbox (event_id) values (?1)
                                on conflict do nothing
                                """)
                        .setParameter(1, id)
                        .executeUpdate()
                == 1;
    }
}
