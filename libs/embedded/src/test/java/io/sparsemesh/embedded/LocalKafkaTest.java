package io.sparsemesh.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class LocalKafkaTest {
    private static final String TOPIC = "tasks";
    private static final String GROUP = "workers";

    @TempDir Path dir;

    @Test
    void keepsRecordsAndAcknowledgementsOverAKill() throws Exception {
        try (LocalKafka kafka = LocalKafka.start(dir)) {
            // Given a topic with two records, one of them accepted
            KafkaSetup.createTopics(kafka.bootstrapServers(), 1, TOPIC);
            KafkaSetup.createTopics(kafka.bootstrapServers(), 1, TOPIC);
            KafkaSetup.readShareGroupFromStart(kafka.bootstrapServers(), GROUP);
            send(kafka, "first", "second");
            assertThat(accept(kafka, 1)).containsExactly("first");

            // When
            long pid = kafka.pid();
            kafka.kill();
            assertThat(kafka.isAlive()).isFalse();
            kafka.restart();

            // Then
            assertThat(kafka.pid()).isNotEqualTo(pid);
            send(kafka, "third");
            assertThat(accept(kafka, 2)).containsExactly("second", "third");
        }
    }

    @Test
    void aSettingTheBrokerRefusesIsReportedWithItsLog() {
        // When, Then
        assertThatThrownBy(
                        () ->
                                LocalKafka.start(
                                        dir, FreePorts.next(), Map.of("num.io.threads", "x")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Kafka ended before it was ready")
                .hasMessageContaining("num.io.threads");
    }

    private static void send(LocalKafka kafka, String... values) throws Exception {
        Map<String, Object> config =
                Map.of("bootstrap.servers", kafka.bootstrapServers(), "acks", "all");
        try (var producer =
                new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            for (String value : values) {
                producer.send(new ProducerRecord<>(TOPIC, value)).get(30, TimeUnit.SECONDS);
            }
        }
    }

    private static List<String> accept(LocalKafka kafka, int count) {
        Map<String, Object> config =
                Map.of(
                        "bootstrap.servers",
                        kafka.bootstrapServers(),
                        "group.id",
                        GROUP,
                        "share.acknowledgement.mode",
                        "explicit",
                        "share.acquire.mode",
                        "record_limit",
                        "max.poll.records",
                        1);
        List<String> values = new ArrayList<>();
        Instant end = Instant.now().plusSeconds(30);
        try (var consumer =
                new KafkaShareConsumer<>(
                        config, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(TOPIC));
            while (values.size() < count && Instant.now().isBefore(end)) {
                for (ConsumerRecord<String, String> r : consumer.poll(Duration.ofSeconds(1))) {
                    values.add(r.value());
                    consumer.acknowledge(r, AcknowledgeType.ACCEPT);
                }
                consumer.commitSync();
            }
        }
        return values;
    }
}
