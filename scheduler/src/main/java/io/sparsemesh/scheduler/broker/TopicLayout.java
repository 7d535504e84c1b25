package io.sparsemesh.scheduler.broker;

import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.message.MessageCodec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;

/// The topics of all services.
final class TopicLayout {

    /// A broker refuses records that carry a time of more than an hour from now, so those of a
    /// process whose clock is fast.
    private static final String BROKERS_CLOCK = "LogAppendTime";

    /// A message and its headers. What is larger nobody here has sent, and the broker refuses it.
    private static final int LARGEST_RECORD = 2 * MessageCodec.MAX_BYTES;

    private TopicLayout() {}

    /// A topic's name, partitions and settings of its own.
    private record Layout(String name, int partitions, Map<String, String> settings) {
        Layout(String name, int partitions) {
            this(name, partitions, Map.of());
        }

        NewTopic topic(short replicas) {
            Map<String, String> all = new HashMap<>(settings);
            all.put(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, "" + inSync(replicas));
            all.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, BROKERS_CLOCK);
            all.putIfAbsent(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, "" + LARGEST_RECORD);
            return new NewTopic(name, partitions, replicas).configs(all);
        }
    }

    /// The task topics have one partition: a share group spreads its records over all members,
    /// while of several partitions each would go to some of them, and wait while those are busy.
    ///
    /// @param replication replicas that are wanted
    /// @param brokers brokers that are there
    static List<NewTopic> topics(int replication, int brokers) {
        short replicas = (short) Math.clamp(brokers, 1, Math.max(1, replication));
        return Stream.of(
                        new Layout(Topics.REQUESTS, 1),
                        new Layout(Topics.LAYER_TASKS, 1),
                        new Layout(Topics.EVALUATION_TASKS, 1),
                        new Layout(Topics.RESULTS, 4),
                        new Layout(Topics.EVENTS, 4),
                        new Layout(Topics.CONTROL, 1),
                        new Layout(Topics.WORKERS, 1, compacted()),
                        new Layout(Topics.DEAD_LETTERS, 1, larger()))
                .map(layout -> layout.topic(replicas))
                .toList();
    }

    /// Any record of another topic, and why it lies there.
    private static Map<String, String> larger() {
        return Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, "" + 2 * LARGEST_RECORD);
    }

    private static Map<String, String> compacted() {
        return Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
    }

    /// Replicas that have to hold a record before it counts as published. One broker of three may
    /// be away; of two, too, at the price that the other one's disk holds the only copy.
    private static int inSync(int replicas) {
        return Math.max(1, replicas - 1);
    }
}
