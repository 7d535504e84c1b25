package io.sparsemesh.deploy.mesh;

import io.sparsemesh.contracts.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.common.TopicPartition;

/// What groups have not read of their topics. Only a group that commits says how far it is: so
/// nothing is known of the control topic, of which each worker reads what comes from its start on,
/// nor of the dead letters, which people read.
final class Lag {

    private static final Map<String, Set<String>> GROUPS =
            Map.of(
                    "sparsemesh.scheduler",
                    Set.of(Topics.REQUESTS, Topics.RESULTS, Topics.WORKERS),
                    "sparsemesh.gateway",
                    Set.of(Topics.EVENTS),
                    "sparsemesh.gateway.workers",
                    Set.of(Topics.WORKERS));

    private static final Map<String, Set<String>> SHARE_GROUPS =
            Map.of(
                    Topics.LAYER_WORKERS, Set.of(Topics.LAYER_TASKS),
                    Topics.EVALUATORS, Set.of(Topics.EVALUATION_TASKS));

    private static final Duration POLL = Duration.ofMillis(500);

    private final Map<TopicPartition, Long> ends;
    private final Map<String, Map<TopicPartition, Long>> done;

    /// @param ends offset after the last record of each partition, at some moment
    /// @param done of each group the offsets before which it has done everything
    Lag(Map<TopicPartition, Long> ends, Map<String, Map<TopicPartition, Long>> done) {
        this.ends = ends;
        this.done = done;
    }

    /// Names of the groups that say how far they are.
    static Set<String> groups() {
        return all().keySet();
    }

    private static Map<String, Set<String>> all() {
        Map<String, Set<String>> all = new HashMap<>(GROUPS);
        all.putAll(SHARE_GROUPS);
        return all;
    }

    /// Records of a group's topics that it has not done: by partition, none with 0.
    Map<TopicPartition, Long> of(String group) {
        Map<TopicPartition, Long> read = done.getOrDefault(group, Map.of());
        return ends.entrySet().stream()
                .filter(end -> all().get(group).contains(end.getKey().topic()))
                .filter(end -> end.getValue() > read.getOrDefault(end.getKey(), 0L))
                .collect(
                        Collectors.toMap(
                                Map.Entry::getKey,
                                end -> end.getValue() - read.getOrDefault(end.getKey(), 0L)));
    }

    private boolean isNone() {
        return groups().stream().allMatch(group -> of(group).isEmpty());
    }

    /// Waits until every group has done what is on its topics now. What comes later, such as
    /// heartbeats, does not count.
    ///
    /// @return what is left at the end of `limit`
    static Lag await(String bootstrap, Duration limit)
            throws InterruptedException, ExecutionException {
        Instant end = Instant.now().plus(limit);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            Map<TopicPartition, Long> ends = ends(admin);
            Lag lag = new Lag(ends, done(admin));
            while (!lag.isNone() && Instant.now().isBefore(end)) {
                Thread.sleep(POLL);
                lag = new Lag(ends, done(admin));
            }
            return lag;
        }
    }

    private static Map<TopicPartition, Long> ends(Admin admin)
            throws InterruptedException, ExecutionException {
        List<String> topics =
                all().values().stream().flatMap(Collection::stream).distinct().toList();
        Map<TopicPartition, OffsetSpec> asked =
                admin.describeTopics(topics).allTopicNames().get().entrySet().stream()
                        .flatMap(
                                topic ->
                                        topic.getValue().partitions().stream()
                                                .map(
                                                        p ->
                                                                new TopicPartition(
                                                                        topic.getKey(),
                                                                        p.partition())))
                        .collect(Collectors.toMap(p -> p, _ -> OffsetSpec.latest()));
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(asked).all().get().forEach((p, found) -> ends.put(p, found.offset()));
        return ends;
    }

    private static Map<String, Map<TopicPartition, Long>> done(Admin admin)
            throws InterruptedException, ExecutionException {
        Map<String, Map<TopicPartition, Long>> done = new HashMap<>();
        for (String group : GROUPS.keySet()) {
            Map<TopicPartition, Long> committed = new HashMap<>();
            admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .forEach((p, offset) -> committed.put(p, offset == null ? 0 : offset.offset()));
            done.put(group, committed);
        }
        for (String group : SHARE_GROUPS.keySet()) {
            done.put(group, shared(admin, group));
        }
        return done;
    }

    /// Of a share group the broker tells the first record that is not done, and how many there are.
    private static Map<TopicPartition, Long> shared(Admin admin, String group)
            throws InterruptedException, ExecutionException {
        Map<TopicPartition, SharePartitionOffsetInfo> told =
                admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
                        .partitionsToOffsetInfo(group)
                        .get();
        Map<TopicPartition, Long> ends = ends(admin);
        Map<TopicPartition, Long> done = new HashMap<>();
        told.forEach(
                (p, info) -> {
                    if (info != null) {
                        done.put(
                                p,
                                info.lag()
                                        .map(lag -> ends.get(p) - lag)
                                        .orElse(info.startOffset()));
                    }
                });
        return done;
    }
}
