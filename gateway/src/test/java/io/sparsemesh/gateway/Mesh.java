package io.sparsemesh.gateway;

import static org.assertj.core.api.Assertions.fail;

import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.message.Envelope;
import io.sparsemesh.contracts.message.Message;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.embedded.LocalInfra;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// The scheduler's place in the tests: reads requests, sends events.
final class Mesh {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private Mesh() {}

    /// Sends messages in order, each under an id of its own.
    static void send(String topic, Message... messages) {
        for (Message message : messages) {
            send(topic, UUID.randomUUID().toString(), message);
        }
    }

    /// Sends many messages in order by one producer.
    static void sendAll(String topic, List<? extends Message> messages) {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", LocalInfra.shared().bootstrapServers());
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
            for (Message message : messages) {
                producer.send(record(topic, UUID.randomUUID().toString(), message));
            }
            producer.flush();
        }
    }

    /// Sends a message through a broker of its own.
    static void sendThrough(String bootstrapServers, String topic, Message message) {
        send(bootstrapServers, record(topic, UUID.randomUUID().toString(), message));
    }

    /// Sends a message under the id `eventId`.
    static void send(String topic, String eventId, Message message) {
        send(record(topic, eventId, message));
    }

    private static ProducerRecord<String, byte[]> record(
            String topic, String eventId, Message message) {
        Envelope envelope = new Envelope(eventId, "/scheduler", Instant.now(), message);
        ProducerRecord<String, byte[]> record =
                new ProducerRecord<>(topic, message.subject(), MessageCodec.value(message));
        MessageCodec.headers(envelope)
                .forEach(
                        (name, value) ->
                                record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        return record;
    }

    static void send(ProducerRecord<String, byte[]> record) {
        send(LocalInfra.shared().bootstrapServers(), record);
    }

    private static void send(String bootstrapServers, ProducerRecord<String, byte[]> record) {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrapServers);
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
            producer.send(record).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// The first request of that kind about the job.
    static <T extends Message> T request(String jobId, Class<T> type) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            for (T message : requests(jobId, type)) {
                return message;
            }
        }
        return fail("no %s about %s within %s", type.getSimpleName(), jobId, PATIENCE);
    }

    /// All requests of that kind about the job so far.
    static <T extends Message> List<T> requests(String jobId, Class<T> type) {
        List<T> found = new ArrayList<>();
        for (ConsumerRecord<String, byte[]> record : records(Topics.REQUESTS)) {
            Map<String, String> headers = new HashMap<>();
            record.headers().forEach(h -> headers.put(h.key(), MessageCodec.text(h.value())));
            Message message = MessageCodec.decode(headers, record.value()).message();
            if (jobId.equals(record.key()) && type.isInstance(message)) {
                found.add(type.cast(message));
            }
        }
        return found;
    }

    /// Everything that lies in the topic now.
    static List<ConsumerRecord<String, byte[]>> records(String topic) {
        return records(LocalInfra.shared().bootstrapServers(), topic);
    }

    static List<ConsumerRecord<String, byte[]>> records(String bootstrapServers, String topic) {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrapServers);
        TopicPartition partition = new TopicPartition(topic, 0);
        List<ConsumerRecord<String, byte[]>> all = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(
                        settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(all::add);
            }
        }
        return all;
    }
}
