package io.sparsemesh.scheduler.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.message.MessageCodec;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TopicLayoutTest {

    @ParameterizedTest
    @CsvSource({"1,1,1,1", "1,3,1,1", "3,1,1,1", "3,2,2,1", "3,3,3,2", "3,5,3,2", "0,3,1,1"})
    void topicsHaveAsManyReplicasAsAreWantedAndPossible(
            int wanted, int brokers, int replicas, String inSync) {
        // When
        List<NewTopic> topics = TopicLayout.topics(wanted, brokers);

        // Then
        assertThat(topics)
                .allSatisfy(
                        topic -> {
                            assertThat(topic.replicationFactor()).isEqualTo((short) replicas);
                            assertThat(topic.configs())
                                    .containsEntry("min.insync.replicas", inSync)
                                    .containsEntry("message.timestamp.type", "LogAppendTime");
                        });
    }

    @Test
    void taskTopicsHaveOnePartition() {
        // When
        List<NewTopic> topics = TopicLayout.topics(1, 1);

        // Then
        assertThat(topics)
                .filteredOn(topic -> topic.name().endsWith("-tasks"))
                .hasSize(2)
                .allSatisfy(topic -> assertThat(topic.numPartitions()).isEqualTo(1));
    }

    @Test
    void whatEveryTopicTakesGoesToTheDeadLetters() {
        Map<String, Integer> largest =
                TopicLayout.topics(1, 1).stream()
                        .collect(
                                Collectors.toMap(
                                        NewTopic::name,
                                        topic ->
                                                Integer.parseInt(
                                                        topic.configs().get("max.message.bytes"))));

        int deadLetters = largest.remove(Topics.DEAD_LETTERS);

        assertThat(largest.values()).containsOnly(2 * MessageCodec.MAX_BYTES);
        assertThat(deadLetters).isGreaterThan(2 * MessageCodec.MAX_BYTES + 64 * 1024);
    }

    @Test
    void deadLettersOfAllServicesHaveATopic() {
        assertThat(TopicLayout.topics(1, 1))
                .extracting(NewTopic::name)
                .contains(Topics.DEAD_LETTERS);
    }
}
