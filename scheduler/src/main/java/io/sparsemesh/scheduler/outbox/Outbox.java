package io.sparsemesh.scheduler.outbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.sparsemesh.contracts.message.Envelope;
import io.sparsemesh.contracts.message.Message;
import io.sparsemesh.contracts.message.MessageCodec;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.UUID;

/// Messages that are published if and only if the transaction that adds them commits.
@ApplicationScoped
public class Outbox {

    /// Encoded, and so known to fit into a record.
    ///
    /// @param key orders the record among others of its topic
    public record Entry(String topic, String key, String headers, byte[] body) {}

    /// Encodes a message.
    ///
    /// @throws io.sparsemesh.contracts.message.MessageException if it is too long
    public Entry encode(String topic, String key, Message message, Instant now) {
        Envelope envelope = new Envelope(UUID.randomUUID().toString(), "/scheduler", now, message);
        try {
            return new Entry(
                    topic,
                    key,
                    MessageCodec.mapper().writeValueAsString(MessageCodec.headers(envelope)),
                    MessageCodec.value(message));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of texts can be written", e);
        }
    }

    /// Adds it in the caller's transaction.
    public void add(Entry entry) {
        OutboxRow row = new OutboxRow();
        row.topic = entry.topic();
        row.recordKey = entry.key();
        row.headers = entry.headers();
        row.body = entry.body();
        row.persist();
    }
}
