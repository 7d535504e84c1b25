package io.sparsemesh.scheduler.outbox;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.contracts.BrokerLogin;
import io.sparsemesh.scheduler.SchedulerSettings;
import io.sparsemesh.scheduler.loop.Loop;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// Publishes the outbox in order and removes what the broker has acknowledged. What is committed
/// while the broker has not answered yet goes out at once; only then is removed what is done.
///
/// The producer never gives a record up, so none overtakes another while the broker is away. When
/// this process dies between acknowledgement and removal, records are published again under the
/// same event ids, in the same order; a receiver's inbox drops them. Of several replicas one
/// publishes at a time; two at once would do no harm but publish twice.
@ApplicationScoped
public class Relay {

    private static final Duration POLL = Duration.ofMillis(250);

    /// Rows that are published and not removed yet: it bounds what is published again after a
    /// crash, and what is kept in memory.
    private static final int MOST_UNREMOVED = 1000;

    private final DataSource database;
    private final SchedulerSettings settings;

    /// A commit, or the broker's answer to all that was sent.
    private final Semaphore news = new Semaphore(0);

    /// Whether there was a commit since the outbox was last read.
    private final AtomicBoolean more = new AtomicBoolean();

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
        more.set(true);
        news.release();
        loop.wake();
    }

    private static Producer<String, byte[]> newProducer(String bootstrap) {
        return new KafkaProducer<>(
                BrokerLogin.with(
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
                                1000)),
                new StringSerializer(),
                new ByteArraySerializer());
    }

    private void drain() throws SQLException, InterruptedException, ExecutionException {
        try (Connection connection = database.getConnection()) {
            OutboxRows rows = new OutboxRows(connection);
            if (rows.lockUnlessEmpty()) {
                try {
                    publish(rows);
                } finally {
                    rows.unlock();
                }
            }
        }
    }

    /// Until everything is published and removed. What is committed meanwhile goes before removing,
    /// for which nobody waits.
    private void publish(OutboxRows rows)
            throws SQLException, InterruptedException, ExecutionException {
        Flight flight = new Flight(news::release);
        try {
            do {
                news.drainPermits();
                boolean full = flight.size() >= MOST_UNREMOVED;
                if (!full) {
                    more.set(false);
                    rows.next(flight.ids()).forEach(row -> flight.send(producer, row));
                }
                flight.check();
                if (!flight.isLanded() && (full || !more.get())) {
                    news.acquire();
                }
                if (flight.isLanded() && (full || !more.get())) {
                    rows.remove(flight.landed());
                }
            } while (!flight.isEmpty());
        } catch (ExecutionException e) {
            renewProducer();
            throw e;
        }
    }

    /// A producer that gave a record up although it never times out is beyond use.
    private void renewProducer() {
        producer.close(Duration.ZERO);
        producer = newProducer(settings.kafkaBootstrap());
    }
}
