package io.sparsemesh.deploy.mesh;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Sends every record of the mesh's topics two more times, as it was: once at once, and once when
/// others have overtaken it.
final class Replayer implements AutoCloseable {

    private static final String MARK = "replayed";
    private static final Duration DELAY = Duration.ofSeconds(4);

    private record Late(Instant due, ConsumerRecord<byte[], byte[]> record) {}

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Deque<Late> late = new ArrayDeque<>();
    private final AtomicLong replayed = new AtomicLong();
    private final Thread thread;
    private volatile boolean open = true;

    Replayer(String bootstrap) {
        consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", bootstrap),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer());
        producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", bootstrap, "acks", "all"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
        List<TopicPartition> partitions =
                consumer.listTopics().entrySet().stream()
                        .filter(topic -> topic.getKey().startsWith("sparsemesh."))
                        .flatMap(topic -> topic.getValue().stream())
                        .map(info -> new TopicPartition(info.topic(), info.partition()))
                        .toList();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
        thread = Thread.ofPlatform().name("replayer").start(this::run);
    }

    private void run() {
        while (open || !late.isEmpty()) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
                if (open && record.headers().lastHeader(MARK) == null) {
                    send(record);
                    late.add(new Late(Instant.now().plus(DELAY), record));
                }
            }
            while (!late.isEmpty() && late.peek().due().isBefore(Instant.now())) {
                send(late.remove().record());
            }
        }
        consumer.close();
        producer.close();
    }

    private void send(ConsumerRecord<byte[], byte[]> record) {
        ProducerRecord<byte[], byte[]> copy =
                new ProducerRecord<>(
                        record.topic(),
                        record.partition(),
                        record.key(),
                        record.value(),
                        record.headers());
        if (copy.headers().lastHeader(MARK) == null) {
            copy.headers().add(MARK, "yes".getBytes(StandardCharsets.UTF_8));
        }
        producer.send(copy);
        replayed.incrementAndGet();
    }

    /// Copies sent so far.
    long count() {
        return replayed.get();
    }

    @Override
    public void close() {
        open = false;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
