package io.sparsemesh.gateway.event;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.hibernate.orm.panache.Panache;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.event.JobEvent;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.message.MessageType;
import io.sparsemesh.gateway.access.Tenant;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.util.List;

/// All events that were projected, to be read from any position by any gateway.
@ApplicationScoped
public class EventLog {

    /// Held until commit by whoever appends, so that ids become visible in their order.
    private static final long APPEND_LOCK = 7_201_002L;

    /// Appends in the caller's transaction.
    @Transactional(Transactional.TxType.MANDATORY)
    public void append(Tenant tenant, JobEvent event) {
        Panache.getEntityManager()
                .createNativeQuery("select 1 from pg_advisory_xact_lock(?1)")
                .setParameter(1, APPEND_LOCK)
                .getSingleResult();
        EventRow row = new EventRow();
        row.tenant = tenant.name();
        row.jobId = event.job().value();
        row.seq = event.seq();
        row.type = type(event);
        row.at = event.at();
        row.data = data(event);
        row.persist();
    }

    /// Removes a job's events before `seq`.
    @Transactional(Transactional.TxType.MANDATORY)
    public void forget(JobId job, long seq) {
        EventRow.delete("jobId = ?1 and seq < ?2", job.value(), seq);
    }

    /// Events of one job after number `seq`, oldest first.
    @Transactional(Transactional.TxType.REQUIRES_NEW)
    public List<JobEventJson> after(Tenant tenant, JobId job, long seq, int limit) {
        return EventRow.<EventRow>find(
                        "tenant = ?1 and jobId = ?2 and seq > ?3 order by seq",
                        tenant.name(),
                        job.value(),
                        seq)
                .page(0, limit)
                .stream()
                .map(EventLog::json)
                .toList();
    }

    /// Events of all jobs of a tenant after position `id`, oldest first.
    @Transactional(Transactional.TxType.REQUIRES_NEW)
    public List<JobEventJson> afterId(Tenant tenant, long id, int limit) {
        return EventRow.<EventRow>find("tenant = ?1 and id > ?2 order by id", tenant.name(), id)
                .page(0, limit)
                .stream()
                .map(EventLog::json)
                .toList();
    }

    /// Position of the newest event, 0 if there is none.
    @Transactional(Transactional.TxType.REQUIRES_NEW)
    public long lastId() {
        return EventRow.<EventRow>find("order by id desc")
                .firstResultOptional()
                .map(row -> row.id)
                .orElse(0L);
    }

    private static String type(JobEvent event) {
        String name = MessageType.of(event).typeName();
        return name.substring("io.sparsemesh.".length(), name.length() - ".v1".length());
    }

    private static String data(JobEvent event) {
        ObjectNode data = MessageCodec.mapper().valueToTree(event);
        data.remove(List.of("job", "seq", "at"));
        return data.toString();
    }

    private static JobEventJson json(EventRow row) {
        try {
            return new JobEventJson(
                    row.id,
                    row.jobId,
                    row.seq,
                    row.type,
                    row.at,
                    MessageCodec.mapper().readTree(row.data));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("event %d is no JSON".formatted(row.id), e);
        }
    }
}
