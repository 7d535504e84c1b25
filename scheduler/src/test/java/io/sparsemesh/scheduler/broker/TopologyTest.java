package io.sparsemesh.scheduler.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.embedded.LocalInfra;
import io.sparsemesh.scheduler.SchedulerSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.junit.jupiter.api.Test;

final class TopologyTest {

    private static final String RESET = "share.auto.offset.reset";
    private static final List<ConfigResource> GROUPS =
            List.of(
                    new ConfigResource(ConfigResource.Type.GROUP, Topics.LAYER_WORKERS),
                    new ConfigResource(ConfigResource.Type.GROUP, Topics.EVALUATORS));

    private final String bootstrap = LocalInfra.shared().bootstrapServers();

    @Test
    void theServiceIsReadyOnceTheShareGroupsReadFromTheStart() throws Exception {
        // Given
        Topology topology = new Topology(settings());
        TopologyReady readiness = new TopologyReady(topology);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            for (ConfigResource group : GROUPS) {
                admin.incrementalAlterConfigs(Map.of(group, List.of(skipping()))).all().get();
            }
            assertThat(readiness.call().getStatus()).isEqualTo(Status.DOWN);

            // When
            topology.start(new StartupEvent());

            // Then
            assertThat(readiness.call().getStatus()).isEqualTo(Status.UP);
            assertThat(admin.describeConfigs(GROUPS).all().get().values())
                    .hasSize(2)
                    .allSatisfy(
                            config -> assertThat(config.get(RESET).value()).isEqualTo("earliest"));
            assertThat(admin.listTopics().names().get())
                    .contains(Topics.LAYER_TASKS, Topics.RESULTS, Topics.DEAD_LETTERS);
        } finally {
            topology.stop(new ShutdownEvent());
        }
    }

    @Test
    void aTopicThatTheBrokerMadeByItselfGetsItsSettings() throws Exception {
        // Given
        Topology topology = new Topology(settings());
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, Topics.WORKERS);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            LocalInfra.shared().createTopics(Topics.WORKERS);
            admin.incrementalAlterConfigs(Map.of(topic, List.of(deleting()))).all().get();

            // When
            topology.start(new StartupEvent());

            // Then
            Config config = admin.describeConfigs(List.of(topic)).all().get().get(topic);
            assertThat(config.get("cleanup.policy").value()).isEqualTo("compact");
            assertThat(config.get("message.timestamp.type").value()).isEqualTo("LogAppendTime");
            assertThat(config.get("max.message.bytes").value()).isEqualTo("131072");
        } finally {
            topology.stop(new ShutdownEvent());
        }
    }

    private static AlterConfigOp deleting() {
        return new AlterConfigOp(
                new ConfigEntry("cleanup.policy", "delete"), AlterConfigOp.OpType.SET);
    }

    private static AlterConfigOp skipping() {
        return new AlterConfigOp(new ConfigEntry(RESET, "latest"), AlterConfigOp.OpType.SET);
    }

    private SchedulerSettings settings() {
        Map<String, String> settings =
                Map.of(
                        "sparsemesh.scheduler.kafka-bootstrap",
                        bootstrap,
                        "sparsemesh.store.place",
                        "store");
        return new SmallRyeConfigBuilder()
                .withMapping(SchedulerSettings.class)
                .withConverter(Duration.class, 200, new DurationConverter())
                .withSources(new PropertiesConfigSource(settings, "test", 100))
                .build()
                .getConfigMapping(SchedulerSettings.class);
    }
}
