package io.sparsemesh.embedded;

import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;

/// Settings of a broker that is alone: one replica of everything, few internal partitions,
/// and groups that form at once.
final class BrokerSettings {
    /// Internal topics need one partition each when one broker serves a few groups.
    private static final Map<String, String> INTERNAL_TOPICS =
            Map.of(
                    "offsets.topic.num.partitions", "1",
                    "offsets.topic.replication.factor", "1",
                    "transaction.state.log.num.partitions", "1",
                    "transaction.state.log.replication.factor", "1",
                    "transaction.state.log.min.isr", "1",
                    "share.coordinator.state.topic.num.partitions", "1",
                    "share.coordinator.state.topic.replication.factor", "1",
                    "share.coordinator.state.topic.min.isr", "1");

    /// The broker's lower bounds are for large clusters; a group here hears of a new member
    /// within a second and of a dead one within ten.
    private static final Map<String, String> GROUPS =
            Map.of(
                    "group.initial.rebalance.delay.ms", "0",
                    "group.share.min.heartbeat.interval.ms", "500",
                    "group.share.heartbeat.interval.ms", "1000",
                    "group.share.min.session.timeout.ms", "5000",
                    "group.share.session.timeout.ms", "10000",
                    "group.share.min.record.lock.duration.ms", "1000",
                    "group.share.record.lock.duration.ms", "30000");

    /// After a SIGKILL the broker may register again once its old session is over: 9 s by
    /// default. The cleaner's buffer is 128 MB by default, half the heap.
    private static final Map<String, String> SMALL_AND_QUICK =
            Map.of(
                    "broker.session.timeout.ms", "3000",
                    "broker.heartbeat.interval.ms", "500",
                    "controlled.shutdown.enable", "false",
                    "log.cleaner.dedupe.buffer.size", "4194304",
                    "num.network.threads", "2",
                    "num.io.threads", "2",
                    "background.threads", "2");

    private BrokerSettings() {}

    static Properties of(int port, int controller, Path logs, Map<String, String> overrides) {
        Properties properties = new Properties();
        properties.putAll(INTERNAL_TOPICS);
        properties.putAll(GROUPS);
        properties.putAll(SMALL_AND_QUICK);
        properties.putAll(
                Map.of(
                        "node.id",
                        "1",
                        "process.roles",
                        "broker,controller",
                        "controller.quorum.voters",
                        "1@127.0.0.1:" + controller,
                        "controller.listener.names",
                        "CONTROLLER",
                        "listeners",
                        "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controller,
                        "advertised.listeners",
                        "PLAINTEXT://127.0.0.1:" + port,
                        "listener.security.protocol.map",
                        "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
                        "log.dirs",
                        logs.toString(),
                        "num.partitions",
                        "1"));
        properties.putAll(overrides);
        return properties;
    }
}
