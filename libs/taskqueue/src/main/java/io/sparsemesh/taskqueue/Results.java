package io.sparsemesh.taskqueue;

import io.sparsemesh.contracts.BrokerLogin;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.contracts.message.Envelope;
import io.sparsemesh.contracts.message.Message;
import io.sparsemesh.contracts.message.MessageException;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskHeartbeat;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Publishes what a worker says. Records keep their order, one request is in flight. A record may
/// be written twice: the id of a message that must count once is made from its lease, so the
/// reader's inbox knows it again, and no idempotent producer with states of its own is needed.
final class Results implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Results.class);
    private static final int DELIVERY_MS = 30_000;
    private static final int REQUEST_MS = 10_000;
    private static final int BLOCK_MS = 5_000;
    private static final long BUFFER = 4L << 20;
    private static final Duration CLOSE = Duration.ofSeconds(3);

    private final KafkaProducer<byte[], byte[]> producer;
    private final String worker;
    private final String source;
    private volatile boolean reachable = true;
    private volatile long acknowledgedNanos = System.nanoTime() - Duration.ofDays(1).toNanos();

    Results(WorkerSettings settings, WorkerProfile profile) {
        this.worker = profile.worker();
        this.source = "/%s/%s".formatted(profile.role(), worker);
        Map<String, Object> config =
                Map.ofEntries(
                        Map.entry(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrap()),
                        Map.entry(ProducerConfig.CLIENT_ID_CONFIG, worker),
                        Map.entry(ProducerConfig.ACKS_CONFIG, "all"),
                        Map.entry(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false),
                        Map.entry(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1),
                        // The worker waits for each answer: nothing else comes that could go along.
                        Map.entry(ProducerConfig.LINGER_MS_CONFIG, 0),
                        Map.entry(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_MS),
                        Map.entry(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_MS),
                        Map.entry(ProducerConfig.MAX_BLOCK_MS_CONFIG, BLOCK_MS),
                        Map.entry(ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER));
        producer =
                new KafkaProducer<>(
                        BrokerLogin.with(config),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
    }

    /// Whether the broker acknowledged something within `age`.
    boolean acknowledgedWithin(Duration age) {
        return System.nanoTime() - acknowledgedNanos <= age.toNanos();
    }

    /// Publishes that the attempt starts and waits for the acknowledgement.
    ///
    /// @return false if there was none within `limit`
    boolean started(Lease lease, Duration limit) throws InterruptedException {
        return publish(result(id(lease, "started"), new TaskStarted(lease), ""), limit);
    }

    /// Publishes a heartbeat and does not wait.
    void heartbeat(Lease lease) {
        send(result(UUID.randomUUID().toString(), new TaskHeartbeat(lease), ""));
    }

    /// Publishes a result and waits for the acknowledgement; see [#started].
    ///
    /// @param traceparent of the attempt
    /// @throws MessageException if the result is too large
    boolean succeeded(TaskSucceeded result, String traceparent, Duration limit)
            throws InterruptedException {
        return publish(result(id(result.lease(), "succeeded"), result, traceparent), limit);
    }

    /// Publishes a failure and waits for the acknowledgement; see [#started].
    boolean failed(TaskFailed failure, String traceparent, Duration limit)
            throws InterruptedException {
        return publish(result(id(failure.lease(), "failed"), failure, traceparent), limit);
    }

    /// Publishes the worker's state and does not wait.
    void status(WorkerStatus status) {
        send(Records.of(Topics.WORKERS, envelope(UUID.randomUUID().toString(), status, "")));
    }

    /// Publishes a copy of a record that cannot be read and does not wait.
    void deadLetter(ConsumerRecord<byte[], byte[]> record, String reason) {
        ProducerRecord<byte[], byte[]> copy =
                new ProducerRecord<>(
                        Topics.DEAD_LETTERS, null, record.key(), record.value(), record.headers());
        copy.headers()
                .add("sparsemesh_reason", reason.getBytes(StandardCharsets.UTF_8))
                .add("sparsemesh_place", Records.place(record).getBytes(StandardCharsets.UTF_8));
        send(copy);
    }

    /// The same for a message that is sent again, so that it counts once.
    private String id(Lease lease, String kind) {
        return "%s/%s/a%d.d%d/%s/%s"
                .formatted(
                        lease.job(), lease.task(), lease.attempt(), lease.delivery(), worker, kind);
    }

    private ProducerRecord<byte[], byte[]> result(String id, Message message, String traceparent) {
        return Records.of(Topics.RESULTS, envelope(id, message, traceparent));
    }

    private Envelope envelope(String id, Message message, String traceparent) {
        return new Envelope(id, source, Instant.now(), message, traceparent);
    }

    private boolean publish(ProducerRecord<byte[], byte[]> record, Duration limit)
            throws InterruptedException {
        try {
            producer.send(record).get(limit.toMillis(), TimeUnit.MILLISECONDS);
            acknowledged();
            return true;
        } catch (ExecutionException e) {
            failed(e.getCause());
            return false;
        } catch (TimeoutException | KafkaException e) {
            failed(e);
            return false;
        }
    }

    private void send(ProducerRecord<byte[], byte[]> record) {
        try {
            producer.send(
                    record,
                    (_, e) -> {
                        if (e == null) {
                            acknowledged();
                        } else {
                            failed(e);
                        }
                    });
        } catch (KafkaException e) {
            failed(e);
        }
    }

    private void acknowledged() {
        acknowledgedNanos = System.nanoTime();
        if (!reachable) {
            reachable = true;
            LOG.info("Kafka acknowledges again");
        }
    }

    private void failed(Throwable cause) {
        if (reachable) {
            reachable = false;
            LOG.warn("Kafka does not acknowledge, the worker keeps trying: {}", cause.toString());
        }
    }

    @Override
    public void close() {
        producer.close(CLOSE);
    }
}
