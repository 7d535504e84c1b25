package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.evaluation.EvaluationResult;
import io.sparsemesh.contracts.event.EvaluationUpdated;
import io.sparsemesh.contracts.event.JobEvent;
import io.sparsemesh.contracts.event.JobRemoved;
import io.sparsemesh.contracts.event.LayersChanged;
import io.sparsemesh.contracts.job.JobState;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(GatewayServers.class)
class ProjectionTest {

    private static final String Q_PROJ = "model.layers.0.self_attn.q_proj";

    @TestHTTPResource URI server;

    private Script job;

    @BeforeEach
    void submitJob() {
        job = new Script(Api.submit(Api.request()));
    }

    /// Sends events and waits until the last of them is shown.
    private void project(JobEvent... events) {
        Mesh.send(Topics.EVENTS, events);
        long last = events[events.length - 1].seq();
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        long seen = 0;
        while (seen < last && System.nanoTime() < end) {
            seen = given().get(job.path() + "/events").jsonPath().getLong("lastSeq");
        }
        assertThat(seen).isGreaterThanOrEqualTo(last);
    }

    private LayersChanged layer(long seq, String state, int attempt, String worker) {
        LayersChanged.Layer layer =
                new LayersChanged.Layer(Q_PROJ, 0, state, attempt, worker, null);
        return new LayersChanged(job.job(), seq, Instant.now(), List.of(layer));
    }

    private EvaluationUpdated measured(long seq, Map<String, Double> metrics, int done) {
        EvaluationResult result =
                new EvaluationResult("perplexity", "ids", "dense", metrics, 2L * done, done, 2);
        return new EvaluationUpdated(job.job(), seq, Instant.now(), result);
    }

    @Test
    void lateEventDoesNotTurnTheViewBack() {
        project(job.changed(1, JobState.QUEUED), layer(3, "RUNNING", 2, "worker-2"));

        Mesh.send(Topics.EVENTS, layer(2, "RUNNING", 1, "worker-1"));
        project(job.changed(4, JobState.PRUNING));

        given().get(job.path() + "/layers?pageSize=1")
                .then()
                .body("items[0].state", is("RUNNING"))
                .body("items[0].attempt", is(2))
                .body("items[0].worker", is("worker-2"));
        given().get(job.path() + "/events").then().body("items.seq", contains(1, 3, 4));
    }

    @Test
    void layerIsShownFromAttemptToAttempt() {
        project(layer(1, "RUNNING", 1, "worker-1"), layer(2, "FAILED", 1, "worker-1"));
        given().get(job.path() + "/layers?pageSize=1")
                .then()
                .body("items[0].name", is(Q_PROJ))
                .body("items[0].state", is("FAILED"))
                .body("items[0].sparsity", nullValue());

        project(layer(3, "QUEUED", 2, ""));

        given().get(job.path() + "/layers?pageSize=1")
                .then()
                .body("items[0].state", is("QUEUED"))
                .body("items[0].attempt", is(2))
                .body("items[0].worker", is(""));
        given().get(job.path() + "/layers")
                .then()
                .body("items", hasSize(TinyLlama.LINEARS))
                .body("items.block", contains(0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1));
    }

    @Test
    void evaluationsGrowSliceBySlice() {
        String dense = "find { it.variant == 'dense' }";
        given().get(job.path() + "/evaluations")
                .then()
                .body(dense + ".state", is("PENDING"))
                .body(dense + ".metrics.size()", is(0));

        project(measured(1, Map.of("perplexity", 9.0), 1));
        given().get(job.path() + "/evaluations")
                .then()
                .body(dense + ".state", is("RUNNING"))
                .body(dense + ".items", is(2))
                .body(dense + ".metrics.perplexity", is(9.0f));

        project(measured(2, Map.of("perplexity", 8.5, "stderr", 0.1), 2));
        given().get(job.path() + "/evaluations")
                .then()
                .body("variant", contains("dense", "pruned"))
                .body(dense + ".state", is("SUCCEEDED"))
                .body(dense + ".items", is(4))
                .body(dense + ".metrics.perplexity", is(8.5f))
                .body(dense + ".metrics.stderr", is(0.1f))
                .body("find { it.variant == 'pruned' }.state", is("PENDING"));
    }

    @Test
    void whatAnEndedJobDidNotMeasureIsStopped() {
        project(
                job.changed(1, JobState.QUEUED),
                measured(2, Map.of("perplexity", 9.0), 1),
                job.changed(3, JobState.FAILED));

        given().get(job.path() + "/evaluations")
                .then()
                .body("variant", contains("dense", "pruned"))
                .body("state", contains("STOPPED", "STOPPED"))
                .body("[0].metrics.perplexity", is(9.0f));
    }

    @Test
    void removedJobIsGoneAndItsStreamEnds() throws Exception {
        project(job.changed(1, JobState.QUEUED));

        try (SseClient stream = SseClient.open(server, job.path() + "/events", null);
                SseClient all = SseClient.open(server, "/v1/events", null)) {
            assertThat(stream.next().id()).isEqualTo("1");
            assertThat(all.awaitComments(1, Duration.ofSeconds(10))).isTrue();
            Mesh.send(Topics.EVENTS, new JobRemoved(job.job(), 2, Instant.now()));

            SseClient.Event end = stream.next();
            while (end.name().isEmpty() && end.data().contains("job.removed")) {
                end = stream.next();
            }
            assertThat(end.name()).isEqualTo("end");
            assertThat(end.data()).contains("REMOVED");
            assertThat(all.next().data()).contains("\"type\":\"job.removed\"", job.id());
        }
        given().get(job.path()).then().statusCode(404);
    }
}
