package io.sparsemesh.scheduler.outbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.scheduler.SchedulerSettings;
import io.sparsemesh.scheduler.loop.Loop;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// Publishes the outbox in order and removes what the broker has acknowledged.
///
/// The producer never gives a record up, so none overtakes another while the broker is away. When
/// this process dies between acknowledgement and removal, records are published again under the
/// same event ids, in the same order; a receiver's inbox drops them. Of several replicas one
/// publishes at a time; two at once would do no harm but publish twice.
@ApplicationScoped
public class Relay {

    private static final int BATCH = 500;
    private static final Duration POLL = Duration.ofMillis(250);
    private static final long LOCK = 0x5350_4152_5345_0001L;
    private static final String LOCK_UNLESS_EMPTY =
            "select pg_try_advisory_lock(?) where exists (select 1 from scheduler.outbox)";
    private static final String UNLOCK = "select pg_advisory_unlock(?)";
    private static final TypeReference<Map<String, String>> HEADERS = new TypeReference<>() {};

    private record Row(long id, ProducerRecord<String, byte[]> record) {}

    private final DataSource database;
    private final SchedulerSettings settings;
    private final Loop loop = new Loop("outbox-relay", POLL, this::drain);
    private Producer<String, byte[]> producer;

    Relay(DataSource database, SchedulerSettings settings) {
        this.database = database;
        this.settings = settings;
    }

    void start(@Observes StartupEvent event) {
        producer = newProducer(settings.kafkaBootstrap());
        loop.start();
    }

    void stop(@Observes ShutdownEvent event) {
        loop.stop();
        if (producer != null) {
            producer.close(Duration.ofSeconds(2));
        }
    }

    void wake(@Observes Committed committed) {
        loop.wake();
    }

    private static Producer<String, byte[]> newProducer(String bootstrap) {
        return new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        ProducerConfig.CLIENT_ID_CONFIG,
                        "scheduler-relay",
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                        true,
                        ProducerConfig.LINGER_MS_CONFIG,
                        0,
                        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                        Integer.MAX_VALUE,
                        ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                        1000),
                new StringSerializer(),
                new ByteArraySerializer());
    }

    private void drain() throws SQLException, InterruptedException, ExecutionException {
        try (Connection connection = database.getConnection()) {
            if (ask(connection, LOCK_UNLESS_EMPTY)) {
                try {
                    while (publish(connection) == BATCH) {
                        Thread.yield();
                    }
                } finally {
                    ask(connection, UNLOCK);
                }
            }
        }
    }

    private static boolean ask(Connection connection, String question) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(question)) {
            select.setLong(1, LOCK);
            try (ResultSet result = select.executeQuery()) {
                return result.next() && result.getBoolean(1);
            }
        }
    }

    private int publish(Connection connection)
            throws SQLException, InterruptedException, ExecutionException {
        List<Row> rows = read(connection);
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (Row row : rows) {
            sent.add(producer.send(row.record()));
        }
        try {
            for (Future<RecordMetadata> future : sent) {
                future.get();
            }
        } catch (ExecutionException e) {
            renewProducer();
            throw e;
        }
        delete(connection, rows);
        return rows.size();
    }

    /// A producer that gave a record up although it never times out is beyond use.
    private void renewProducer() {
        producer.close(Duration.ZERO);
        producer = newProducer(settings.kafkaBootstrap());
    }

    private static List<Row> read(Connection connection) throws SQLException {
        List<Row> rows = new ArrayList<>();
        try (PreparedStatement select =
                connection.prepareStatement(
                        "select id, topic, record_key, headers, body from scheduler.outbox"
                                + " order by id limit "
                                + BATCH)) {
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

    private static void delete(Connection connection, List<Row> rows) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement("delete from scheduler.outbox where id = any (?)")) {
            delete.setArray(
                    1, connection.createArrayOf("bigint", rows.stream().map(Row::id).toArray()));
            delete.executeUpdate();
        }
    }
}
