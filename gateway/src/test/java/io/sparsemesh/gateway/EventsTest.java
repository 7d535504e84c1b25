package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.contracts.job.JobState;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(GatewayServers.class)
class EventsTest {

    @TestHTTPResource URI server;

    @Test
    void eventsOfAWholeRunMakeTheView() {
        Script job = new Script(Api.submit(Api.request()));

        job.run();

        job.await("SUCCEEDED");
        given().get("/v1/jobs/" + job.id())
                .then()
                .body("startedAt", notNullValue())
                .body("finishedAt", notNullValue())
                .body("progress.layersDone", is(2))
                .body("progress.percent", is(100f))
                .body("progress.etaSeconds", is(0))
                .body("result.sha256", is("ab"))
                .body("result.sparsity", is(0.5f))
                .body("result.dense.ids.perplexity", is(4.0f))
                .body("result.layers", is(2))
                .body("result.files", nullValue())
                .body("links.cancel", nullValue());
        given().get("/v1/jobs/" + job.id() + "/layers")
                .then()
                .body("items[0].name", is("model.layers.0.self_attn.q_proj"))
                .body("items[0].state", is("SUCCEEDED"))
                .body("items[0].attempt", is(1))
                .body("items[0].worker", is("worker-1"))
                .body("items[0].sparsity", is(0.5f))
                .body("items[0].relativeError", is(0.01f))
                .body("items[0].dampingUsed", is(0.01f))
                .body("items[0].tokens", is(128))
                .body("items[0].millis", is(7))
                .body("items[0].refit.errorBefore", is(0.02f))
                .body("items[0].refit.iterations", is(3))
                .body("items[0].refit.kept", is(true));
        given().get("/v1/jobs/" + job.id() + "/evaluations")
                .then()
                .body("find { it.variant == 'pruned' }.state", is("STOPPED"))
                .body("find { it.variant == 'pruned' }.metrics.perplexity", is(5.0f))
                .body("find { it.variant == 'pruned' }.items", is(2));
    }

    @Test
    void repeatedAndOldEventsChangeNothing() {
        Script job = new Script(Api.submit(Api.request()));
        JobChanged queued = job.changed(1, JobState.QUEUED);
        JobChanged pruning = job.changed(2, JobState.PRUNING);
        String id = UUID.randomUUID().toString();
        Mesh.send(Topics.EVENTS, id, queued);
        Mesh.send(Topics.EVENTS, pruning);
        job.await("PRUNING");

        Mesh.send(Topics.EVENTS, id, queued);
        Mesh.send(Topics.EVENTS, queued, pruning);
        Mesh.send(Topics.EVENTS, job.changed(3, JobState.ASSEMBLING));

        job.await("ASSEMBLING");
        given().get("/v1/jobs/" + job.id() + "/events")
                .then()
                .body("items.seq", contains(1, 2, 3))
                .body("items.type", contains("job.changed", "job.changed", "job.changed"))
                .body("items.data.state", contains("QUEUED", "PRUNING", "ASSEMBLING"))
                .body("items[0].jobId", is(job.id()))
                .body("lastSeq", is(3))
                .body("more", is(false));
        given().get("/v1/jobs/" + job.id() + "/events?after=1&pageSize=1")
                .then()
                .body("items.seq", contains(2))
                .body("more", is(true));
    }

    @Test
    void undecodableRecordsBecomeDeadLettersAndBlockNothing() {
        Script job = new Script(Api.submit(Api.request()));
        byte[] garbage = UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8);

        Mesh.send(new ProducerRecord<>(Topics.EVENTS, job.id(), garbage));
        Mesh.send(new ProducerRecord<>(Topics.EVENTS, job.id(), null));
        Mesh.send(Topics.EVENTS, new Script("unknown-job").changed(1, JobState.QUEUED));
        Mesh.send(Topics.EVENTS, job.changed(1, JobState.QUEUED));

        job.await("QUEUED");
        assertThat(Mesh.records(Topics.DEAD_LETTERS))
                .anyMatch(r -> r.value() != null && java.util.Arrays.equals(r.value(), garbage));
    }

    @Test
    void longPollAnswersWhenTheStateChanges() throws Exception {
        Script job = new Script(Api.submit(Api.request()));
        CompletableFuture<Response> poll =
                CompletableFuture.supplyAsync(() -> given().get(job.path() + "?wait=30s"));
        Thread.sleep(300);
        assertThat(poll).isNotDone();

        Mesh.send(Topics.EVENTS, job.changed(1, JobState.QUEUED));

        poll.get(10, TimeUnit.SECONDS).then().statusCode(200).body("state", is("QUEUED"));
    }

    @Test
    void longPollEndsWithTheOldStateOrNotModified() {
        Script job = new Script(Api.submit(Api.request()));
        Response first = given().get(job.path() + "?wait=200ms");
        String tag = first.header("ETag");

        first.then()
                .statusCode(200)
                .body("state", is("VALIDATING"))
                .header("ETag", startsWith("W/"));
        given().header("If-None-Match", tag).get(job.path()).then().statusCode(304);
        given().header("If-None-Match", tag).get(job.path() + "?wait=200ms").then().statusCode(304);
        given().header("If-None-Match", "W/\"0\"")
                .get(job.path() + "?wait=30s")
                .then()
                .statusCode(200);
        given().get(job.path() + "?wait=soon").then().statusCode(400);
    }

    @Test
    void streamSendsEventsAsTheyComeAndEndsWithTheJob() throws Exception {
        Script job = new Script(Api.submit(Api.request()));
        Mesh.send(Topics.EVENTS, job.changed(1, JobState.QUEUED));
        job.await("QUEUED");

        try (SseClient stream = SseClient.open(server, job.path() + "/events", null)) {
            assertThat(stream.next().id()).isEqualTo("1");
            Mesh.send(Topics.EVENTS, job.changed(2, JobState.PRUNING));
            SseClient.Event second = stream.next();
            assertThat(second.id()).isEqualTo("2");
            assertThat(second.name()).isEmpty();
            assertThat(second.data()).contains("\"seq\":2", "\"state\":\"PRUNING\"");
            Mesh.send(Topics.EVENTS, job.changed(3, JobState.CANCELLING));
            Mesh.send(Topics.EVENTS, job.changed(4, JobState.CANCELLED));
            assertThat(stream.next().id()).isEqualTo("3");
            assertThat(stream.next().id()).isEqualTo("4");
            SseClient.Event end = stream.next();
            assertThat(end.name()).isEqualTo("end");
            assertThat(end.data()).contains("CANCELLED");
            assertThat(stream.isAtEnd()).isTrue();
        }
    }

    @Test
    void streamResumesAfterTheLastEventId() throws Exception {
        Script job = new Script(Api.submit(Api.request()));
        job.run();
        job.await("SUCCEEDED");

        try (SseClient stream = SseClient.open(server, job.path() + "/events", "7")) {
            assertThat(stream.next().id()).isEqualTo("8");
            assertThat(stream.next().name()).isEqualTo("end");
            assertThat(stream.isAtEnd()).isTrue();
        }
    }

    @Test
    void silentStreamBeats() throws Exception {
        Script job = new Script(Api.submit(Api.request()));

        try (SseClient stream = SseClient.open(server, job.path() + "/events", null)) {
            assertThat(stream.awaitComments(3, Duration.ofSeconds(10))).isTrue();
        }
    }

    @Test
    void streamOfAllJobsBeginsNowAndResumes() throws Exception {
        Script one = new Script(Api.submit(Api.request()));
        Script two = new Script(Api.submit(Api.request()));
        Mesh.send(Topics.EVENTS, one.changed(1, JobState.QUEUED));
        one.await("QUEUED");

        String last;
        try (SseClient stream = SseClient.open(server, "/v1/events", null)) {
            assertThat(stream.awaitComments(1, Duration.ofSeconds(10))).isTrue();
            Mesh.send(Topics.EVENTS, two.changed(1, JobState.QUEUED));
            SseClient.Event event = stream.next();
            assertThat(event.data()).contains(two.id());
            last = event.id();
        }
        Mesh.send(Topics.EVENTS, one.changed(2, JobState.PRUNING));
        try (SseClient stream = SseClient.open(server, "/v1/events", last)) {
            assertThat(stream.next().data()).contains(one.id(), "PRUNING");
        }
    }

    @Test
    void streamOfAnUnknownJobIsAProblem() {
        given().accept("text/event-stream")
                .get("/v1/jobs/none/events")
                .then()
                .statusCode(404)
                .contentType("application/problem+json");
        String id = Api.submit(Api.request());
        given().accept("text/event-stream")
                .header("Last-Event-ID", "x")
                .get("/v1/jobs/" + id + "/events")
                .then()
                .statusCode(400);
        given().accept("*/*")
                .get("/v1/jobs/" + id + "/events")
                .then()
                .statusCode(200)
                .contentType("application/json");
    }

    @Test
    void workersAreShownWithTheirLastHeartbeat() throws Exception {
        String name = "worker-" + UUID.randomUUID();
        Instant started = Instant.parse("2026-01-01T00:00:00Z");
        WorkerStatus idle =
                new WorkerStatus(
                        name, "layer-worker", "0.1.0", "cpu", 1L << 30, "", "", "", started, false);
        WorkerStatus busy =
                new WorkerStatus(
                        name,
                        "layer-worker",
                        "0.1.0",
                        "cpu",
                        1L << 30,
                        "",
                        "",
                        "j/t",
                        started,
                        false);
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        List<String> names = List.of();
        while (!names.contains(name) && System.nanoTime() < end) {
            Mesh.send(Topics.WORKERS, idle, busy);
            Thread.sleep(200);
            names = given().get("/v1/workers").path("name");
        }

        given().get("/v1/workers")
                .then()
                .statusCode(200)
                .body("name", hasItem(name))
                .body("find { it.name == '%s' }.role".formatted(name), is("layer-worker"))
                .body("find { it.name == '%s' }.memoryBytes".formatted(name), is(1 << 30))
                .body("find { it.name == '%s' }.lastHeartbeat".formatted(name), notNullValue());
    }

    @Test
    void jobIdOfTheContractsIsTheOneInThePath() {
        String id = Api.submit(Api.request());

        assertThat(new JobId(id).value()).hasSize(26);
        given().get("/v1/jobs/" + id + "/events").then().body("items", hasSize(0));
    }
}
