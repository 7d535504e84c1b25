package io.sparsemesh.scheduler.intake;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.contracts.BrokerLogin;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.scheduler.SchedulerSettings;
import io.sparsemesh.scheduler.core.Hearing;
import io.sparsemesh.scheduler.core.Listening;
import io.sparsemesh.scheduler.database.Database;
import io.sparsemesh.scheduler.loop.Loop;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/// Watches how far the results topic has been processed, and so when the workers could be heard.
/// Asks the broker for the offsets that the group has committed: these stand for whatever replica
/// of the scheduler has processed the records.
@ApplicationScoped
public class ResultsWatch {

    private static final Logger LOG = Logger.getLogger(ResultsWatch.class);
    private static final Duration PERIOD = Duration.ofMillis(500);

    /// Offsets are committed every second, and two looks may lie between mark and commit.
    private static final Duration SHORTEST_GAP = Duration.ofSeconds(3);

    private final Database database;
    private final SchedulerSettings settings;
    private final String group;
    private final Loop loop = new Loop("results-watch", PERIOD, this::look);
    private volatile Listening listening;
    private Admin admin;
    private List<TopicPartition> partitions = List.of();

    ResultsWatch(
            Database database,
            SchedulerSettings settings,
            @ConfigProperty(name = "mp.messaging.connector.smallrye-kafka.group.id") String group) {
        this.database = database;
        this.settings = settings;
        this.group = group;
        this.listening = Listening.fromNowOn(longestGap(settings.heartbeat()));
    }

    /// A worker may be silent for several heartbeats; the gap takes one of them.
    private static Duration longestGap(Duration heartbeat) {
        Duration gap = heartbeat.dividedBy(4);
        return gap.compareTo(SHORTEST_GAP) > 0 ? gap : SHORTEST_GAP;
    }

    void start(@Observes StartupEvent event) {
        loop.start();
    }

    void stop(@Observes ShutdownEvent event) {
        loop.stop();
        if (admin != null) {
            admin.close(Duration.ofSeconds(1));
        }
    }

    /// When the workers could be heard, as far as is known now.
    public Hearing hearing() {
        return listening.hearing();
    }

    private void look() throws InterruptedException, ExecutionException {
        Instant now = database.now();
        Listening before = listening;
        listening = before.at(now);
        connect();
        Map<Integer, Long> ends = offsets(OffsetSpec.latest());
        listening = listening.probed(now, done(), ends);
        if (!listening.hearing().since().equals(before.hearing().since())) {
            LOG.infof("workers can be heard since %s", listening.hearing().since());
        }
    }

    private void connect() throws InterruptedException, ExecutionException {
        if (admin == null) {
            admin =
                    Admin.create(
                            BrokerLogin.with(
                                    Map.of(
                                            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                                            settings.kafkaBootstrap(),
                                            AdminClientConfig.CLIENT_ID_CONFIG,
                                            "scheduler-results-watch",
                                            AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                                            1000,
                                            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                                            5000,
                                            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                                            3000)));
        }
        if (partitions.isEmpty()) {
            partitions =
                    admin
                            .describeTopics(List.of(Topics.RESULTS))
                            .allTopicNames()
                            .get()
                            .get(Topics.RESULTS)
                            .partitions()
                            .stream()
                            .map(p -> new TopicPartition(Topics.RESULTS, p.partition()))
                            .toList();
        }
    }

    private Map<Integer, Long> offsets(OffsetSpec which)
            throws InterruptedException, ExecutionException {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitions.forEach(partition -> asked.put(partition, which));
        Map<Integer, Long> offsets = new HashMap<>();
        admin.listOffsets(asked)
                .all()
                .get()
                .forEach((partition, end) -> offsets.put(partition.partition(), end.offset()));
        return offsets;
    }

    /// A partition without a commit, or whose records are older than the topic keeps, is processed
    /// up to its first record.
    private Map<Integer, Long> done() throws InterruptedException, ExecutionException {
        Map<Integer, Long> done = offsets(OffsetSpec.earliest());
        Map<TopicPartition, OffsetAndMetadata> committed =
                admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
        for (TopicPartition partition : partitions) {
            OffsetAndMetadata offset = committed.get(partition);
            if (offset != null) {
                done.merge(partition.partition(), offset.offset(), Math::max);
            }
        }
        return done;
    }
}
