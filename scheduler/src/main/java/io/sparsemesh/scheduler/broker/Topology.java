package io.sparsemesh.scheduler.broker;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.contracts.BrokerLogin;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.scheduler.SchedulerSettings;
import io.sparsemesh.scheduler.loop.Loop;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.jboss.logging.Logger;

/// Makes the topics and sets the share groups up. Until that is done the service is not ready: a
/// group without its settings would skip the tasks that were sent before its first worker came.
@ApplicationScoped
public class Topology {

    private static final Logger LOG = Logger.getLogger(Topology.class);
    private static final Duration RETRY = Duration.ofMillis(500);
    private static final long PATIENCE_AT_START = 10;

    private final SchedulerSettings settings;
    private final CountDownLatch made = new CountDownLatch(1);
    private final Loop loop = new Loop("topology", RETRY, this::makeOnce);

    Topology(SchedulerSettings settings) {
        this.settings = settings;
    }

    /// Goes before the channels, which look for their topics when they start. A broker that is
    /// away holds the start up for a while only.
    void start(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event)
            throws InterruptedException {
        loop.start();
        loop.wake();
        if (!made.await(PATIENCE_AT_START, TimeUnit.SECONDS)) {
            LOG.warnf("no broker at %s yet", settings.kafkaBootstrap());
        }
    }

    void stop(@Observes ShutdownEvent event) {
        loop.stop();
    }

    public boolean isMade() {
        return made.getCount() == 0;
    }

    /// Topics that are there keep their replicas: moving data is the operator's matter.
    private void makeOnce() throws InterruptedException, ExecutionException {
        if (isMade()) {
            return;
        }
        try (Admin admin =
                Admin.create(
                        BrokerLogin.with(
                                Map.of(
                                        AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                                        settings.kafkaBootstrap(),
                                        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                                        10_000,
                                        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                                        5_000)))) {
            int brokers = admin.describeCluster().nodes().get().size();
            for (NewTopic topic : TopicLayout.topics(settings.replication(), brokers)) {
                create(admin, topic);
            }
            admin.incrementalAlterConfigs(
                            Map.of(
                                    group(Topics.LAYER_WORKERS), groupSettings(),
                                    group(Topics.EVALUATORS), groupSettings()))
                    .all()
                    .get();
        }
        made.countDown();
        LOG.info("topics and share groups are there");
    }

    private static void create(Admin admin, NewTopic topic)
            throws InterruptedException, ExecutionException {
        try {
            admin.createTopics(Set.of(topic)).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
            set(admin, topic);
        }
    }

    /// A version before this one made it, or a broker that makes whatever is written to. Where this
    /// service may not change its settings, they are the operator's matter, as replicas are.
    private static void set(Admin admin, NewTopic topic)
            throws InterruptedException, ExecutionException {
        List<AlterConfigOp> settings =
                topic.configs().entrySet().stream()
                        .filter(s -> !s.getKey().equals(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG))
                        .map(s -> set(s.getKey(), s.getValue()))
                        .toList();
        try {
            admin.incrementalAlterConfigs(
                            Map.of(
                                    new ConfigResource(ConfigResource.Type.TOPIC, topic.name()),
                                    settings))
                    .all()
                    .get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof AuthorizationException)) {
                throw e;
            }
            LOG.infof("the settings of %s are not this service's to change", topic.name());
        }
    }

    private static ConfigResource group(String name) {
        return new ConfigResource(ConfigResource.Type.GROUP, name);
    }

    /// A worker accepts a record within milliseconds of its delivery. One that died in between
    /// keeps it from the others for as long as the lock lasts; 15 s is the broker's least.
    private static List<AlterConfigOp> groupSettings() {
        return List.of(
                set("share.auto.offset.reset", "earliest"),
                set("share.record.lock.duration.ms", "15000"));
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }
}
