package io.sparsemesh.scheduler.outbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.scheduler.database.Database;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;

/// The outbox as the relay sees it, through one connection.
final class OutboxRows {

    private static final int BATCH = 500;
    private static final long LOCK = 0x5350_4152_5345_0001L;
    private static final String LOCK_UNLESS_EMPTY =
            "select pg_try_advisory_lock(?) where exists (select 1 from scheduler.outbox)";
    private static final String UNLOCK = "select pg_advisory_unlock(?)";

    /// A row with a smaller id may become visible later than one with a greater id, if it is of
    /// another job; so those that are known are named, instead of the greatest of them.
    private static final String NEXT =
            "select id, topic, record_key, headers, body from scheduler.outbox"
                    + " where id <> all (?) order by id limit "
                    + BATCH;
    private static final String REMOVE = "delete from scheduler.outbox where id = any (?)";
    private static final TypeReference<Map<String, String>> HEADERS = new TypeReference<>() {};

    private final Connection connection;

    /// A message to publish.
    record Row(long id, ProducerRecord<String, byte[]> record) {}

    OutboxRows(Connection connection) {
        this.connection = connection;
    }

    /// Takes the lock of the one that publishes, if it is free and there is something to publish.
    boolean lockUnlessEmpty() throws SQLException {
        return Database.list(connection, LOCK_UNLESS_EMPTY, row -> row.getBoolean(1), LOCK)
                .equals(List.of(true));
    }

    void unlock() throws SQLException {
        Database.list(connection, UNLOCK, row -> row.getBoolean(1), LOCK);
    }

    /// The first rows but those that are `known`.
    List<Row> next(List<Long> known) throws SQLException {
        List<Row> rows = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(NEXT)) {
            select.setArray(1, connection.createArrayOf("bigint", known.toArray()));
            try (ResultSet result = select.executeQuery()) {
                while (result.next()) {
                    rows.add(new Row(result.getLong(1), record(result)));
                }
            }
        }
        return rows;
    }

    private static ProducerRecord<String, byte[]> record(ResultSet row) throws SQLException {
        ProducerRecord<String, byte[]> record =
                new ProducerRecord<>(row.getString(2), row.getString(3), row.getBytes(5));
        try {
            MessageCodec.mapper()
                    .readValue(row.getString(4), HEADERS)
                    .forEach(
                            (name, value) ->
                                    record.headers()
                                            .add(name, value.getBytes(StandardCharsets.UTF_8)));
        } catch (JsonProcessingException e) {
            throw new SQLException("outbox %d: malformed headers".formatted(row.getLong(1)), e);
        }
        return record;
    }

    void remove(List<Long> ids) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(REMOVE)) {
            delete.setArray(1, connection.createArrayOf("bigint", ids.toArray()));
            delete.executeUpdate();
        }
    }
}
