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
import io.sparsemesh.gateway.loop.Loop;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Metadata;

/// Publishes what lies in the outbox, in order, one relay at a time among all gateways. A row goes
/// when the broker has acknowledged it; a crash in between publishes it again with the same id.
@ApplicationScoped
class Relay {

    private static final Duration SEND_LIMIT = Duration.ofSeconds(15);
    private static final TypeReference<Map<String, String>> HEADERS = new TypeReference<>() {};

    private final OutboxRows rows;
    private final RequestsTopic topic;
    private final MutinyEmitter<byte[]> requests;
    private final Counter published;
    private final Loop loop = new Loop("outbox-relay", this::publishSome);

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
        loop.start();
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        loop.stop(SEND_LIMIT);
    }

    void stored(@Observes(during = TransactionPhase.AFTER_SUCCESS) Outbox.Stored stored) {
        loop.wake();
    }

    private boolean publishSome() {
        return topic.isThere() && rows.publishSome(this::send);
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
