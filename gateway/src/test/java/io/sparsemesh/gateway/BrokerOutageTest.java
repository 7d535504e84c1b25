package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.embedded.KafkaSetup;
import io.sparsemesh.embedded.LocalInfra;
import io.sparsemesh.embedded.LocalKafka;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/// Runs with a broker of its own, which it kills.
@QuarkusTest
@WithTestResource(GatewayServers.class)
@WithTestResource(BrokerOutageTest.OwnBroker.class)
class BrokerOutageTest {

    private static LocalKafka broker;

    @TestHTTPResource(value = "/", management = true)
    URI management;

    /// Overrides the broker that the other tests share.
    public static final class OwnBroker implements QuarkusTestResourceLifecycleManager {

        @Override
        public Map<String, String> start() {
            broker = LocalKafka.start(LocalInfra.shared().newFolder("outage"));
            KafkaSetup.createTopics(
                    broker.bootstrapServers(),
                    1,
                    Topics.REQUESTS,
                    Topics.EVENTS,
                    Topics.WORKERS,
                    Topics.DEAD_LETTERS);
            return Map.of("kafka.bootstrap.servers", broker.bootstrapServers());
        }

        @Override
        public int order() {
            return 1;
        }

        @Override
        public void stop() {
            broker.close();
        }
    }

    @Test
    void requestsOfAnOutageArePublishedInOrderAfterIt() throws Exception {
        String before = Api.submit(Api.request());
        awaitPublished(1);

        broker.kill();
        String first = Api.submit(Api.request());
        String second = Api.submit(Api.request());
        given().post("/v1/jobs/" + first + ":cancel").then().statusCode(202);
        given().get(management.resolve("/q/health/ready")).then().statusCode(200);
        given().get(management.resolve("/q/health/live"))
                .then()
                .statusCode(200)
                .body("checks.data", everyItem(nullValue()));
        broker.restart();

        List<String> published = awaitPublished(4);
        assertThat(published)
                .containsExactly(
                        "io.sparsemesh.job.submitted.v1 " + before,
                        "io.sparsemesh.job.submitted.v1 " + first,
                        "io.sparsemesh.job.submitted.v1 " + second,
                        "io.sparsemesh.job.cancel-requested.v1 " + first);
        Script job = new Script(second);
        Mesh.sendThrough(broker.bootstrapServers(), Topics.EVENTS, job.changed(1, JobState.QUEUED));
        job.await("QUEUED");
    }

    /// Type and key of the messages in the requests topic, a repeated one once, as soon as there
    /// are `count`.
    private static List<String> awaitPublished(int count) {
        long end = System.nanoTime() + Duration.ofSeconds(40).toNanos();
        List<String> published = List.of();
        while (published.size() < count && System.nanoTime() < end) {
            published = published().toList();
        }
        return published;
    }

    private static Stream<String> published() {
        Map<String, String> byId = new java.util.LinkedHashMap<>();
        for (ConsumerRecord<String, byte[]> record :
                Mesh.records(broker.bootstrapServers(), Topics.REQUESTS)) {
            byId.putIfAbsent(
                    header(record, "ce_id"), header(record, "ce_type") + " " + record.key());
        }
        return byId.values().stream();
    }

    private static String header(ConsumerRecord<String, byte[]> record, String name) {
        return new String(
                record.headers().lastHeader(name).value(), java.nio.charset.StandardCharsets.UTF_8);
    }
}
