package io.sparsemesh.deploy.mesh;

import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.message.MessageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Reads the records that were set aside.
final class DeadLetters {

    /// Header by which SmallRye's consumers say which topic a record was on.
    private static final String TOPIC = "dead-letter-topic";

    /// Header by which workers say it, as `topic-partition@offset`.
    private static final String PLACE = "sparsemesh_place";

    private DeadLetters() {}

    /// A record that was set aside.
    record Letter(Map<String, String> headers, byte[] value) {

        /// The topic it was on, as whoever set it aside says.
        String origin() {
            String place = headers.getOrDefault(PLACE, "");
            return place.isEmpty()
                    ? headers.getOrDefault(TOPIC, "")
                    : place.substring(0, place.lastIndexOf('-'));
        }

        /// By which [Poison] knows its records, empty if it is none.
        String label() {
            return headers.getOrDefault(Poison.LABEL, "");
        }

        /// What the message is, if it is one.
        Optional<String> type() {
            try {
                return Optional.of(
                        MessageCodec.decode(headers, value).message().getClass().getName());
            } catch (MessageException e) {
                return Optional.empty();
            }
        }

        private static Letter of(ConsumerRecord<byte[], byte[]> record) {
            Map<String, String> headers = new HashMap<>();
            record.headers().forEach(h -> headers.put(h.key(), MessageCodec.text(h.value())));
            return new Letter(headers, record.value());
        }
    }

    /// All of them.
    static List<Letter> read(String bootstrap) {
        List<Letter> letters = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", bootstrap),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(Topics.DEAD_LETTERS).stream()
                            .map(info -> new TopicPartition(info.topic(), info.partition()))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                consumer.poll(Duration.ofMillis(200)).forEach(r -> letters.add(Letter.of(r)));
            }
        }
        return letters;
    }
}
