package io.sparsemesh.gateway.outbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.reactive.messaging.MutinyEmitter;
import io.smallrye.reactive.messaging.kafka.api.OutgoingKafkaRecordMetadata;
import io.sparsemesh.contracts.message.MessageCodec;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Metadata;
import org.jboss.logging.Logger;

/// Publishes what lies in the outbox, in order, one relay at a time among all gateways. A row goes
/// when the broker has acknowledged it; a crash in between publishes it again with the same id.
@ApplicationScoped
class Relay {

    private static final Logger LOG = Logger.getLogger(Relay.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration SEND_LIMIT = Duration.ofSeconds(15);
    private static final TypeReference<Map<String, String>> HEADERS = new TypeReference<>() {};

    private final OutboxRows rows;
    private final RequestsTopic topic;
    private final MutinyEmitter<byte[]> requests;
    private final Counter published;
    private final Semaphore wake = new Semaphore(0);
    private volatile boolean running = true;
    private Thread thread;

    Relay(
            OutboxRows rows,
            RequestsTopic topic,
            @Channel("requests") MutinyEmitter<byte[]> requests,
            MeterRegistry metrics) {
        this.rows = rows;
        this.topic = topic;
        this.requests = requests;
        this.published =
                Counter.builder("sparsemesh.gateway.requests.published")
                        .description("Requests that the broker has acknowledged")
                        .register(metrics);
    }

    void start(@Observes StartupEvent event) {
        thread = Thread.ofVirtual().name("outbox-relay").start(this::run);
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        running = false;
        wake.release();
        thread.join(SEND_LIMIT);
    }

    void stored(@Observes(during = TransactionPhase.AFTER_SUCCESS) Outbox.Stored stored) {
        wake.release();
    }

    private void run() {
        while (running) {
            try {
                if (!topic.isThere() || !rows.publishSome(this::send)) {
                    pause();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                LOG.warnf("requests cannot be published, trying again: %s", e);
                pauseAfterFailure();
            }
        }
    }

    private void pause() throws InterruptedException {
        if (wake.tryAcquire(PERIOD.toMillis(), TimeUnit.MILLISECONDS)) {
            wake.drainPermits();
        }
    }

    private void pauseAfterFailure() {
        try {
            Thread.sleep(PERIOD);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            running = false;
        }
    }

    private void send(OutboxRow row) {
        RecordHeaders headers = new RecordHeaders();
        headers(row).forEach((k, v) -> headers.add(k, v.getBytes(StandardCharsets.UTF_8)));
        OutgoingKafkaRecordMetadata<String> metadata =
                OutgoingKafkaRecordMetadata.<String>builder()
                        .withKey(row.key)
                        .withHeaders(headers)
                        .build();
        requests.sendMessage(Message.of(row.payload, Metadata.of(metadata)))
                .await()
                .atMost(SEND_LIMIT);
        published.increment();
    }

    private static Map<String, String> headers(OutboxRow row) {
        try {
            return MessageCodec.mapper().readValue(row.headers, HEADERS);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("outbox row %d has no headers".formatted(row.id), e);
        }
    }
}
