package io.sparsemesh.scheduler.outbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.sparsemesh.contracts.message.Envelope;
import io.sparsemesh.contracts.message.Message;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.scheduler.database.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/// Messages that are published if and only if the transaction that adds them commits.
@ApplicationScoped
public class Outbox {

    private static final String ADD =
            "insert into scheduler.outbox (topic, record_key, headers, body)"
                    + " values (?, ?, ?::jsonb, ?)";

    /// Encoded, and so known to fit into a record.
    ///
    /// @param key orders the record among others of its topic
    public record Entry(String topic, String key, String headers, byte[] body) {}

    /// Encodes a message that nobody traces; see the other.
    public Entry encode(String topic, String key, Message message, Instant now) {
        return encode(topic, key, message, now, "");
    }

    /// Encodes a message.
    ///
    /// @param traceparent of the step that sends it
    /// @throws io.sparsemesh.contracts.message.MessageException if it is too long
    public Entry encode(
            String topic, String key, Message message, Instant now, String traceparent) {
        Envelope envelope =
                new Envelope(UUID.randomUUID().toString(), "/scheduler", now, message, traceparent);
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

    /// Adds messages in a transaction that holds the locks of their jobs. The database numbers the
    /// rows as they come, so that numbers of a job follow the order of its decisions.
    public void add(Connection transaction, List<Entry> entries) throws SQLException {
        Database.batch(
                transaction,
                ADD,
                entries.stream()
                        .map(e -> new Object[] {e.topic(), e.key(), e.headers(), e.body()})
                        .toList());
    }
}
