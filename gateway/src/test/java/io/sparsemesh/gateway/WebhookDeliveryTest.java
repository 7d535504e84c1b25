package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.job.JobState;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Against receivers on loopback, which the tests' settings allow.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class WebhookDeliveryTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    static String withWebhook(String uri, String events) {
        String list = events.isEmpty() ? "" : ", \"events\": [%s]".formatted(events);
        return Api.request()
                .replaceFirst(
                        "\"labels\"",
                        "\"webhooks\": [{\"uri\": \"%s\"%s}], \"labels\"".formatted(uri, list));
    }

    private static Script submit(Receiver receiver, String events) {
        return new Script(Api.submit(withWebhook(receiver.uri(), events)));
    }

    /// Returns the only delivery when it is in that state.
    private static JsonNode awaitDelivery(Script job, String state) throws Exception {
        List<JsonNode> found = new ArrayList<>();
        Receiver.await(
                () -> {
                    found.clear();
                    deliveries(job).path("items").forEach(found::add);
                    return found.stream().allMatch(d -> d.path("state").asText().equals(state))
                            && !found.isEmpty();
                });
        assertThat(found).hasSize(1);
        assertThat(found.getFirst().path("state").asText()).as("%s", found).isEqualTo(state);
        return found.getFirst();
    }

    private static JsonNode deliveries(Script job) {
        return given().get(job.path() + "/webhooks").as(JsonNode.class);
    }

    private static List<String> secrets() {
        return given().get("/v1/webhook-secrets").path("secrets");
    }

    @Test
    void endOfAJobIsToldOnceAsASignedCloudEvent() throws Exception {
        try (Receiver receiver = Receiver.start()) {
            Script job = submit(receiver, "");
            job.run();

            Receiver.Request request = receiver.await(1).getFirst();
            JsonNode event = JSON.readTree(request.body());
            assertThat(request.method()).isEqualTo("POST");
            assertThat(request.header("Content-Type")).isEqualTo("application/cloudevents+json");
            assertThat(event.path("specversion").asText()).isEqualTo("1.0");
            assertThat(event.path("type").asText()).isEqualTo("io.sparsemesh.job.succeeded.v1");
            assertThat(event.path("source").asText()).isEqualTo(job.path());
            assertThat(event.path("subject").asText()).isEqualTo(job.id());
            assertThat(event.path("id").asText()).isEqualTo(request.header("webhook-id"));
            assertThat(Instant.parse(event.path("time").asText())).isNotNull();
            assertThat(event.at("/data/jobId").asText()).isEqualTo(job.id());
            assertThat(event.at("/data/seq").asInt()).isEqualTo(8);
            assertThat(event.at("/data/state").asText()).isEqualTo("SUCCEEDED");
            assertThat(event.at("/data/result/pruned/ids/perplexity").asDouble()).isEqualTo(4.0);
            assertThat(request.header("webhook-signature").split(" "))
                    .containsExactly(
                            request.signature(secrets().get(0)),
                            request.signature(secrets().get(1)));
            assertThat(Long.parseLong(request.header("webhook-timestamp")))
                    .isBetween(Instant.now().getEpochSecond() - 60, Instant.now().getEpochSecond());

            JsonNode shown = awaitDelivery(job, "DELIVERED");
            assertThat(shown.path("webhookId").asText()).isEqualTo(request.header("webhook-id"));
            assertThat(shown.path("event").asText()).isEqualTo("job.succeeded");
            assertThat(shown.path("attempts").asInt()).isEqualTo(1);
            assertThat(shown.path("lastStatus").asInt()).isEqualTo(200);
            assertThat(shown.path("nextAttemptAt").isNull()).isTrue();
            assertThat(receiver.requests()).hasSize(1);
        }
    }

    @Test
    void eventsThatWereAskedForAreToldAndNoOthers() {
        try (Receiver receiver = Receiver.start()) {
            Script job =
                    submit(receiver, "\"job.pruning\", \"layers.changed\", \"evaluation.updated\"");
            job.run();

            receiver.await(3);
            job.await("SUCCEEDED");
            given().get(job.path() + "/webhooks?pageSize=2")
                    .then()
                    .statusCode(200)
                    .body("items.event", is(List.of("job.pruning", "layers.changed")))
                    .body("items.seq", is(List.of(2, 4)))
                    .body("nextPageToken", notNullValue());
            String next = deliveriesPage(job);
            given().get(job.path() + "/webhooks?pageSize=2&pageToken=" + next)
                    .then()
                    .body("items.event", is(List.of("evaluation.updated")))
                    .body("nextPageToken", nullValue());
            assertThat(receiver.requests()).hasSize(3);
        }
    }

    private static String deliveriesPage(Script job) {
        return given().get(job.path() + "/webhooks?pageSize=2").path("nextPageToken");
    }

    @Test
    void repeatedEventIsToldOnce() throws Exception {
        try (Receiver receiver = Receiver.start()) {
            Script job = submit(receiver, "\"job.queued\", \"job.pruning\"");
            Mesh.send(
                    Topics.EVENTS,
                    job.changed(1, JobState.QUEUED),
                    job.changed(1, JobState.QUEUED),
                    job.changed(2, JobState.PRUNING));
            job.await("PRUNING");

            receiver.await(2);
            assertThat(deliveries(job).path("items")).hasSize(2);
            assertThat(receiver.requests())
                    .extracting(request -> request.header("webhook-id"))
                    .containsExactlyInAnyOrder(job.id() + "-1", job.id() + "-2");
        }
    }

    @Test
    void failedDeliveryIsRepeatedAsTheSameEvent() throws Exception {
        try (Receiver receiver = Receiver.start().answering(500, 302, 429)) {
            Script job = submit(receiver, "");
            Mesh.send(Topics.EVENTS, job.changed(1, JobState.FAILED));

            JsonNode shown = awaitDelivery(job, "DELIVERED");
            assertThat(shown.path("attempts").asInt()).isEqualTo(4);
            assertThat(shown.path("lastError").isNull()).isTrue();
            assertThat(receiver.requests()).hasSize(4);
            assertThat(receiver.requests())
                    .allSatisfy(
                            request -> {
                                assertThat(request.header("webhook-id")).isEqualTo(job.id() + "-1");
                                assertThat(request.text())
                                        .isEqualTo(receiver.requests().getFirst().text());
                                assertThat(request.header("webhook-signature"))
                                        .startsWith(request.signature(secrets().getFirst()));
                            });
        }
    }

    @Test
    void receiverThatIsGoneGetsNothingMoreOfTheJob() throws Exception {
        try (Receiver receiver = Receiver.start().answering(410)) {
            Script job = submit(receiver, "\"job.queued\", \"job.failed\"");
            Mesh.send(Topics.EVENTS, job.changed(1, JobState.QUEUED));
            JsonNode shown = awaitDelivery(job, "GONE");
            assertThat(shown.path("lastStatus").asInt()).isEqualTo(410);

            Mesh.send(Topics.EVENTS, job.changed(2, JobState.FAILED));
            job.await("FAILED");

            assertThat(deliveries(job).path("items")).hasSize(1);
            assertThat(receiver.requests()).hasSize(1);
        }
    }

    @Test
    void silentReceiverHoldsUpItsOwnDeliveriesOnly() {
        try (Receiver silent = Receiver.silent();
                Receiver other = Receiver.start()) {
            IntStream.range(0, 7)
                    .mapToObj(i -> submit(silent, ""))
                    .forEach(job -> Mesh.send(Topics.EVENTS, job.changed(1, JobState.FAILED)));
            assertThat(silent.await(4)).hasSizeGreaterThanOrEqualTo(4);

            Script job = submit(other, "");
            Mesh.send(Topics.EVENTS, job.changed(1, JobState.FAILED));

            assertThat(other.await(1)).hasSize(1);
            assertThat(silent.mostOpen()).isEqualTo(4);
        }
    }

    @Test
    void deadReceiverIsGivenUpInTheEnd() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        String uri = "http://127.0.0.1:" + port + "/";
        Script job = new Script(Api.submit(withWebhook(uri, "")));
        Mesh.send(Topics.EVENTS, job.changed(1, JobState.CANCELLED));
        job.await("CANCELLED");
        given().get(job.path() + "/webhooks")
                .then()
                .body("items[0].state", is("PENDING"))
                .body("items[0].nextAttemptAt", notNullValue());

        JsonNode shown = awaitDelivery(job, "FAILED");

        assertThat(shown.path("attempts").asInt()).isGreaterThan(5);
        assertThat(shown.path("lastStatus").isNull()).isTrue();
        assertThat(shown.path("lastError").asText()).contains("refused");
        assertThat(shown.path("nextAttemptAt").isNull()).isTrue();
    }

    @Test
    void deletedJobIsToldOfNoMore() {
        try (Receiver receiver = Receiver.silent()) {
            Script job = submit(receiver, "");
            Mesh.send(Topics.EVENTS, job.changed(1, JobState.FAILED));
            receiver.await(1);

            given().delete(job.path()).then().statusCode(204);

            given().get(job.path() + "/webhooks").then().statusCode(404);
            assertThat(Database.count("gateway.webhook_delivery", job.id())).isZero();
        }
    }

    @Test
    void jobWithoutWebhooksHasNoDeliveries() {
        Script job = new Script(Api.submit(Api.request()));
        job.run();
        job.await("SUCCEEDED");

        given().get(job.path() + "/webhooks").then().statusCode(200).body("items", hasSize(0));
        given().get(job.path()).then().body("links.webhooks", is(job.path() + "/webhooks"));
        given().get("/v1/jobs/none/webhooks")
                .then()
                .statusCode(404)
                .body("detail", containsString("none"));
    }
}
