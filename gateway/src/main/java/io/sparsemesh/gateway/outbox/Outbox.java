package io.sparsemesh.gateway.outbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.sparsemesh.contracts.message.Envelope;
import io.sparsemesh.contracts.message.Message;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.gateway.trace.RequestTraces;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.UUID;

/// Messages to the scheduler, stored with the state change that they tell of.
@ApplicationScoped
public class Outbox {

    private static final String SOURCE = "/gateway";

    private final Event<Stored> stored;
    private final RequestTraces traces;

    Outbox(Event<Stored> stored, RequestTraces traces) {
        this.stored = stored;
        this.traces = traces;
    }

    /// A message was stored; the relay observes this after the commit.
    record Stored() {}

    /// Stores a message in the caller's transaction.
    @Transactional(Transactional.TxType.MANDATORY)
    public void add(Message message) {
        Envelope envelope =
                new Envelope(
                        UUID.randomUUID().toString(),
                        SOURCE,
                        Instant.now(),
                        message,
                        traces.traceparent());
        OutboxRow row = new OutboxRow();
        row.key = message.subject();
        row.headers = json(envelope);
        row.payload = MessageCodec.value(message);
        row.persist();
        stored.fire(new Stored());
    }

    private static String json(Envelope envelope) {
        try {
            return MessageCodec.mapper().writeValueAsString(MessageCodec.headers(envelope));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("headers are strings", e);
        }
    }
}
