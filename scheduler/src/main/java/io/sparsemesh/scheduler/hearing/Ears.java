package io.sparsemesh.scheduler.hearing;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.scheduler.SchedulerSettings;
import io.sparsemesh.scheduler.core.Hearing;
import io.sparsemesh.scheduler.loop.Loop;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// Finds out whether the scheduler hears its workers: looks where the results topic ends and how
/// far the schedulers' consumer group has processed it.
@ApplicationScoped
public class Ears {

    private static final Duration PERIOD = Duration.ofMillis(500);

    private final SchedulerSettings settings;
    private final String group;
    private final ReadUpTo readUpTo = new ReadUpTo();
    private final Loop loop = new Loop("ears", PERIOD, this::look);
    private Admin admin;

    Ears(
            SchedulerSettings settings,
            @ConfigProperty(name = "mp.messaging.connector.smallrye-kafka.group.id") String group) {
        this.settings = settings;
        this.group = group;
    }

    void start(@Observes StartupEvent event) {
        admin =
                Admin.create(
                        Map.of(
                                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                                settings.kafkaBootstrap(),
                                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                                5_000,
                                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                                2_000));
        loop.start();
    }

    void stop(@Observes ShutdownEvent event) {
        loop.stop();
        if (admin != null) {
            admin.close(Duration.ofSeconds(1));
        }
    }

    /// Over which time workers have been heard, as of now.
    public Hearing hearing() {
        return readUpTo.hearing(System.nanoTime());
    }

    private void look() throws ExecutionException, InterruptedException {
        List<TopicPartition> partitions = partitions();
        long at = System.nanoTime();
        Map<Integer, Long> ends = offsets(partitions, OffsetSpec.latest());
        readUpTo.looked(at, ends, read(partitions));
    }

    private List<TopicPartition> partitions() throws ExecutionException, InterruptedException {
        return admin
                .describeTopics(List.of(Topics.RESULTS))
                .allTopicNames()
                .get()
                .get(Topics.RESULTS)
                .partitions()
                .stream()
                .map(p -> new TopicPartition(Topics.RESULTS, p.partition()))
                .toList();
    }

    /// Of a partition of which nothing was processed, reading begins at its first record.
    private Map<Integer, Long> read(List<TopicPartition> partitions)
            throws ExecutionException, InterruptedException {
        Map<Integer, Long> read = new HashMap<>();
        Map<TopicPartition, OffsetAndMetadata> committed =
                admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
        List<TopicPartition> fresh =
                partitions.stream().filter(p -> committed.get(p) == null).toList();
        read.putAll(offsets(fresh, OffsetSpec.earliest()));
        partitions.stream()
                .filter(p -> committed.get(p) != null)
                .forEach(p -> read.put(p.partition(), committed.get(p).offset()));
        return read;
    }

    private Map<Integer, Long> offsets(List<TopicPartition> partitions, OffsetSpec which)
            throws ExecutionException, InterruptedException {
        if (partitions.isEmpty()) {
            return Map.of();
        }
        Map<TopicPartition, ListOffsetsResultInfo> found =
                admin.listOffsets(
                                partitions.stream()
                                        .collect(Collectors.toMap(Function.identity(), _ -> which)))
                        .all()
                        .get();
        return found.entrySet().stream()
                .collect(Collectors.toMap(e -> e.getKey().partition(), e -> e.getValue().offset()));
    }
}
