package io.sparsemesh.embedded;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;

/// Prepares topics and groups of a broker.
public final class KafkaSetup {
    private static final long LIMIT_SECONDS = 30;

    private KafkaSetup() {}

    /// Creates topics with a number of partitions each; those that exist stay as they are.
    ///
    /// @throws IllegalStateException if the broker refuses or does not answer within 30 s
    public static void createTopics(String bootstrapServers, int partitions, String... names) {
        List<NewTopic> topics =
                Arrays.stream(names)
                        .map(name -> new NewTopic(name, Optional.of(partitions), Optional.empty()))
                        .toList();
        try (Admin admin = admin(bootstrapServers)) {
            admin.createTopics(topics)
                    .values()
                    .forEach((name, created) -> await("create topic " + name, created));
        }
    }

    /// Makes a share group that is new read its topics from the first record. The broker's
    /// default is the last one, which skips what was sent before the first consumer joined.
    /// How records are acquired (`share.acquire.mode`) is no setting of the group but of each
    /// consumer.
    ///
    /// @throws IllegalStateException if the broker refuses or does not answer within 30 s
    public static void readShareGroupFromStart(String bootstrapServers, String group) {
        configureGroup(bootstrapServers, group, Map.of("share.auto.offset.reset", "earliest"));
    }

    /// Sets settings of a group, such as `share.record.lock.duration.ms`.
    ///
    /// @throws IllegalStateException if the broker refuses or does not answer within 30 s
    public static void configureGroup(
            String bootstrapServers, String group, Map<String, String> settings) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, group);
        List<AlterConfigOp> changes =
                settings.entrySet().stream()
                        .map(s -> new ConfigEntry(s.getKey(), s.getValue()))
                        .map(entry -> new AlterConfigOp(entry, AlterConfigOp.OpType.SET))
                        .toList();
        try (Admin admin = admin(bootstrapServers)) {
            await(
                    "configure group " + group,
                    admin.incrementalAlterConfigs(Map.of(resource, changes)).all());
        }
    }

    private static Admin admin(String bootstrapServers) {
        return Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers));
    }

    private static void await(String what, KafkaFuture<Void> done) {
        try {
            done.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new IllegalStateException("Kafka did not " + what, e.getCause());
            }
        } catch (TimeoutException e) {
            throw new IllegalStateException("Kafka did not " + what + " within 30 s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted: " + what, e);
        }
    }
}
