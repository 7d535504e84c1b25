package io.sparsemesh.taskqueue;

import io.sparsemesh.contracts.BrokerLogin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// A share consumer that holds at most one record.
///
/// Between two [#take] it may rest for as long as a task lasts: nothing is fetched ahead, the
/// client's own thread keeps the membership alive, and the poll interval is without limit. A member
/// that rests hinders nobody as long as the topic has one partition: Kafka 4.2 hands a partition to
/// a part of the members only when there are more partitions than one.
final class TaskQueue implements AutoCloseable {

    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration ACKNOWLEDGE = Duration.ofSeconds(10);
    private static final Duration CLOSE = Duration.ofSeconds(3);

    private final KafkaShareConsumer<byte[], byte[]> consumer;

    TaskQueue(WorkerSettings settings, String clientId) {
        Map<String, Object> config =
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        settings.bootstrap(),
                        ConsumerConfig.GROUP_ID_CONFIG,
                        settings.group(),
                        ConsumerConfig.CLIENT_ID_CONFIG,
                        clientId,
                        ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG,
                        "explicit",
                        ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG,
                        "record_limit",
                        ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                        1,
                        ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG,
                        Integer.MAX_VALUE);
        consumer =
                new KafkaShareConsumer<>(
                        BrokerLogin.with(config),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer());
        consumer.subscribe(List.of(settings.topic()));
    }

    /// Waits a second for a record, which is locked until [#acknowledge].
    ///
    /// @throws KafkaException if the client failed, or [#wakeup] was called
    Optional<TaskRecord> take() {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        consumer.poll(POLL).forEach(records::add);
        for (ConsumerRecord<byte[], byte[]> surplus :
                records.subList(Math.min(1, records.size()), records.size())) {
            consumer.acknowledge(surplus, AcknowledgeType.RELEASE);
        }
        return records.stream().findFirst().map(TaskRecord::of);
    }

    /// Lets go of a record, and waits until the broker has taken note.
    ///
    /// @throws KafkaException if it did not, or is not known to have: the record may come again
    void acknowledge(TaskRecord taken, AcknowledgeType how) {
        consumer.acknowledge(taken.record(), how);
        Map<TopicIdPartition, Optional<KafkaException>> results = consumer.commitSync(ACKNOWLEDGE);
        for (Optional<KafkaException> problem : results.values()) {
            if (problem.isPresent()) {
                throw problem.get();
            }
        }
    }

    /// Makes the call that blocks in another thread, or the next one, throw.
    void wakeup() {
        consumer.wakeup();
    }

    /// Leaves the group; a record that is still locked is given to others.
    @Override
    public void close() {
        consumer.close(CLOSE);
    }
}
