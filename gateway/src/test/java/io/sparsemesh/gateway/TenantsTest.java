package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.message.JobSubmitted;
import io.sparsemesh.gateway.openapi.ApiWalk;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What one tenant sees of another: nothing.
@QuarkusTest
@WithTestResource(AccessServers.class)
class TenantsTest {

    private String owner;
    private String stranger;
    private String job;

    @BeforeEach
    void ownAJob() {
        owner = Keys.all("owner");
        stranger = Keys.all("stranger");
        job = submit(owner, Api.request());
    }

    private static String submit(String token, String body) {
        return Keys.json(token, body).post("/v1/jobs").then().statusCode(202).extract().path("id");
    }

    private static RequestSpecification request(ApiWalk.Call call, String token) {
        RequestSpecification request = token.isEmpty() ? given() : Keys.with(token);
        return call.takesBody() ? request.contentType(ContentType.JSON).body("{}") : request;
    }

    private Response send(ApiWalk.Call call, String token) {
        return request(call, token).request(call.method(), call.path(job));
    }

    @Test
    void everyCallAboutAJobIsA404ForAnotherTenant() {
        List<String> walked = new ArrayList<>();
        for (ApiWalk.Call call : ApiWalk.calls()) {
            if (call.isAboutAJob()) {
                walked.add(call.toString());

                Response answer = send(call, stranger);

                assertThat(answer.statusCode())
                        .as("%s: %s", call, answer.asString())
                        .isEqualTo(404);
                assertThat(answer.path("code").toString()).isEqualTo("not-found");
            }
        }
        assertThat(walked).hasSizeGreaterThanOrEqualTo(9);
        Keys.with(owner).get("/v1/jobs/" + job).then().statusCode(200);
    }

    /// An answer that differs would tell that the job is there.
    @Test
    void anotherTenantsJobIsMissingLikeOneThatNeverWas() {
        String never = "0".repeat(job.length());
        for (ApiWalk.Call call : ApiWalk.calls()) {
            if (call.isAboutAJob()) {
                Response foreign = send(call, stranger);
                Response missing = request(call, stranger).request(call.method(), call.path(never));

                assertThat(foreign.asString().replace(job, never))
                        .as("%s", call)
                        .isEqualTo(missing.asString());
            }
        }
    }

    @Test
    void everyCallAsksWhoSendsIt() {
        for (ApiWalk.Call call : ApiWalk.calls()) {
            Response answer = send(call, "");

            assertThat(answer.statusCode()).as("%s: %s", call, answer.asString()).isEqualTo(401);
            assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
        }
    }

    @Test
    void everyCallThatChangesSomethingNeedsMoreThanReading() {
        String reading = Keys.of("owner", "\"read\"");
        for (ApiWalk.Call call : ApiWalk.calls()) {
            if (!call.method().equals("GET")) {
                Response answer = send(call, reading);

                assertThat(answer.statusCode()).as("%s", call).isEqualTo(403);
            }
        }
    }

    @Test
    void aListHasTheTenantsOwnJobs() {
        Keys.with(owner).get("/v1/jobs?pageSize=1000").then().body("items.id", hasItem(job));
        Keys.with(Keys.all("nobody-yet"))
                .get("/v1/jobs?pageSize=1000")
                .then()
                .body("items", is(empty()));
    }

    @Test
    void anIdempotencyKeyIsTheTenantsOwn() {
        String key = UUID.randomUUID().toString();
        String body = Api.request().replace("\"output\"", "\"priority\": 1, \"output\"");

        String mine =
                Keys.json(owner, body).header("Idempotency-Key", key).post("/v1/jobs").path("id");
        Response theirs =
                Keys.json(stranger, Api.request()).header("Idempotency-Key", key).post("/v1/jobs");

        theirs.then().statusCode(202).header("Idempotency-Replayed", is((String) null));
        assertThat(theirs.<String>path("id")).isNotEqualTo(mine);
    }

    @Test
    void theFolderOfAnotherTenantsJobIsTakenWithoutAName() {
        String output = Api.freshOutput();
        String first = submit(owner, Api.request(output));

        Keys.json(stranger, Api.request(output))
                .post("/v1/jobs")
                .then()
                .statusCode(422)
                .body("errors[0].detail", containsString("another job"))
                .body("errors[0].detail", not(containsString(first)));
        Keys.json(owner, Api.request(output))
                .post("/v1/jobs")
                .then()
                .statusCode(422)
                .body("errors[0].detail", containsString(first));
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3://team/owner/x", "s3://team/x", "s3://team/owner-2/x"})
    void aBucketsPartOfAnotherTenantIsNotTheirs(String place) {
        String allowed = "team/stranger";

        Keys.json(stranger, Api.request(place))
                .post("/v1/jobs")
                .then()
                .statusCode(422)
                .body("errors[0].pointer", is("/output/uri"))
                .body("errors[0].code", is("source-not-allowed"))
                .body("errors[0].detail", containsString(allowed));
        Keys.with(stranger)
                .queryParam("uri", place)
                .get("/v1/models/inspect")
                .then()
                .statusCode(422)
                .body("errors[0].code", is("source-not-allowed"))
                .body("errors[0].detail", containsString(allowed));
    }

    /// There is no such bucket here, which is found out after it was allowed.
    @Test
    void aBucketsPartOfTheirOwnIsAskedFor() {
        Keys.json(owner, Api.request("s3://team/owner/x"))
                .post("/v1/jobs")
                .then()
                .statusCode(422)
                .body("errors[0].code", is("source-not-available"));
    }

    /// The streams of the tests end after two seconds.
    @Test
    void theStreamOfAllJobsHasTheTenantsOwnEvents() {
        Mesh.send(Topics.EVENTS, new Script(job).changed(1, JobState.QUEUED));
        String path = "/v1/jobs/" + job + "?wait=10s";
        assertThat(Keys.with(owner).get(path).<String>path("state")).isEqualTo("QUEUED");

        assertThat(allEvents(owner)).contains(job);
        assertThat(allEvents(stranger)).contains("heartbeat").doesNotContain(job);
    }

    private static String allEvents(String token) {
        return Keys.with(token)
                .accept("text/event-stream")
                .get("/v1/events?after=0")
                .then()
                .statusCode(200)
                .extract()
                .asString();
    }

    @Test
    void ofAWorkerOnlyThatItIsBusyIsToldToOthers() throws InterruptedException {
        String name = "worker-" + UUID.randomUUID();
        Instant started = Instant.parse("2026-01-01T00:00:00Z");
        String task = job + "/solve-b000";
        WorkerStatus busy =
                new WorkerStatus(
                        name, "evaluator", "0.1.0", "cpu", 1L << 40, "", "", task, started, false);
        String shown = "";
        for (long end = System.nanoTime() + 20_000_000_000L;
                !task.equals(shown) && System.nanoTime() < end; ) {
            Mesh.send(Topics.WORKERS, busy);
            Thread.sleep(100);
            shown = worker(owner, name, "currentTask");
        }

        assertThat(shown).isEqualTo(task);
        assertThat(worker(stranger, name, "currentTask")).isEmpty();
        assertThat(worker(stranger, name, "state")).isEqualTo("BUSY");
    }

    private static String worker(String token, String name, String field) {
        return Keys.with(token)
                .get("/v1/workers")
                .path("find { it.name == '%s' }?.%s".formatted(name, field));
    }

    @Test
    void theSchedulerIsToldWhoseAJobIs() {
        assertThat(Mesh.request(job, JobSubmitted.class).tenant()).isEqualTo("owner");
    }
}
