package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.event.JobRemoved;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.message.CancelRequested;
import io.sparsemesh.contracts.message.DeleteRequested;
import io.sparsemesh.contracts.message.RetryRequested;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(GatewayServers.class)
class ActionsTest {

    /// A new job that the scheduler has brought to `state`.
    private static Script jobIn(JobState state) {
        Script job = new Script(Api.submit(Api.request()));
        if (state != JobState.VALIDATING) {
            Mesh.send(Topics.EVENTS, job.changed(1, state));
            job.await(state.name());
        }
        return job;
    }

    private static Response cancel(Script job) {
        return given().post(job.path() + ":cancel");
    }

    private static Response retry(Script job) {
        return given().post(job.path() + ":retry");
    }

    private static Response delete(Script job) {
        return given().delete(job.path());
    }

    /// Statuses of cancel, retry and delete, each asked of a new job.
    private static String statuses(JobState state) {
        return "%d %d %d"
                .formatted(
                        cancel(jobIn(state)).statusCode(),
                        retry(jobIn(state)).statusCode(),
                        delete(jobIn(state)).statusCode());
    }

    @Test
    void eachStateAllowsWhatTheContractSays() {
        try (ExecutorService threads = Executors.newFixedThreadPool(10)) {
            Map<JobState, CompletableFuture<String>> asked =
                    Arrays.stream(JobState.values())
                            .collect(
                                    Collectors.toMap(
                                            state -> state,
                                            state ->
                                                    CompletableFuture.supplyAsync(
                                                            () -> statuses(state), threads)));

            Map<JobState, String> answers = new TreeMap<>();
            asked.forEach((state, answer) -> answers.put(state, answer.join()));

            assertThat(answers)
                    .isEqualTo(
                            Map.of(
                                    JobState.VALIDATING, "202 409 409",
                                    JobState.QUEUED, "202 409 409",
                                    JobState.PRUNING, "202 409 409",
                                    JobState.ASSEMBLING, "202 409 409",
                                    JobState.EVALUATING, "202 409 409",
                                    JobState.SUCCEEDED, "409 409 204",
                                    JobState.DEGRADED, "409 409 204",
                                    JobState.FAILED, "409 202 204",
                                    JobState.CANCELLING, "200 409 409",
                                    JobState.CANCELLED, "200 202 204"));
        }
    }

    @Test
    void conflictNamesTheState() {
        Script job = jobIn(JobState.PRUNING);

        delete(job)
                .then()
                .statusCode(409)
                .contentType("application/problem+json")
                .body("type", is("urn:sparsemesh:problem:state-conflict"))
                .body("title", is("Conflict"))
                .body("status", is(409))
                .body("code", is("state-conflict"))
                .body("detail", containsString("PRUNING; cancel it first"));
        retry(job)
                .then()
                .statusCode(409)
                .body("detail", containsString("only a FAILED or CANCELLED job"));
        assertThat(Mesh.requests(job.id(), DeleteRequested.class)).isEmpty();
        assertThat(Mesh.requests(job.id(), RetryRequested.class)).isEmpty();
    }

    @Test
    void cancelTellsTheStateThatTheSchedulerAnswersWith() throws Exception {
        Script job = jobIn(JobState.PRUNING);

        CompletableFuture<Response> cancel = CompletableFuture.supplyAsync(() -> cancel(job));
        Mesh.request(job.id(), CancelRequested.class);
        Mesh.send(Topics.EVENTS, job.changed(2, JobState.CANCELLING));

        cancel.get(10, TimeUnit.SECONDS)
                .then()
                .statusCode(202)
                .body("id", is(job.id()))
                .body("state", is("CANCELLING"));
        Mesh.send(Topics.EVENTS, job.changed(3, JobState.CANCELLED));
        job.await("CANCELLED");
        cancel(job).then().statusCode(200).body("state", is("CANCELLED"));
        assertThat(Mesh.requests(job.id(), CancelRequested.class)).hasSize(1);
    }

    @Test
    void retryIsAskedForOnceAndClearsTheFailure() throws Exception {
        Script job = jobIn(JobState.FAILED);
        given().get(job.path())
                .then()
                .body("error.code", is("NUMERICAL"))
                .body("error.task", is("solve"))
                .body("finishedAt", notNullValue())
                .body("links.retry", is(job.path() + ":retry"));

        retry(job).then().statusCode(202);
        retry(job).then().statusCode(200);
        Mesh.request(job.id(), RetryRequested.class);
        delete(job).then().statusCode(409);
        Mesh.send(Topics.EVENTS, job.changed(2, JobState.QUEUED));
        job.await("QUEUED");

        retry(job).then().statusCode(200);
        given().get(job.path())
                .then()
                .body("error", nullValue())
                .body("finishedAt", nullValue())
                .body("links.retry", nullValue());
        assertThat(Mesh.requests(job.id(), RetryRequested.class)).hasSize(1);
    }

    @Test
    void retryWithAnotherDampingTellsTheScheduler() {
        Script job = jobIn(JobState.FAILED);

        Api.json("{\"damping\": 0.1}").post(job.path() + ":retry").then().statusCode(202);

        assertThat(Mesh.request(job.id(), RetryRequested.class))
                .isEqualTo(new RetryRequested(job.job(), 0.1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"damping\": 0} | /damping | expected 0 < damping <= 1, found 0",
                "{\"damping\": 1.5} | /damping | expected 0 < damping <= 1, found 1.5",
                "{\"damping\": \"much\"} | /damping | expected a number",
                "{\"dampig\": 0.1} | /dampig | the nearest known is 'damping'",
            })
    void faultyRetryIsRefusedAndNotPassedOn(String body, String pointer, String detail) {
        Script job = jobIn(JobState.FAILED);

        Api.json(body)
                .post(job.path() + ":retry")
                .then()
                .statusCode(422)
                .body("errors[0].pointer", is(pointer))
                .body("errors[0].detail", containsString(detail));
        assertThat(Mesh.requests(job.id(), RetryRequested.class)).isEmpty();
    }

    @Test
    void dampingOfAMethodWithoutOneIsRefused() {
        Script job = new Script(Api.submit(Api.request().replace("sparsegpt", "wanda")));
        Mesh.send(Topics.EVENTS, job.changed(1, JobState.FAILED));
        job.await("FAILED");

        Api.json("{\"damping\": 0.1}")
                .post(job.path() + ":retry")
                .then()
                .statusCode(422)
                .body("code", is("unsupported-method"))
                .body(
                        "errors[0].detail",
                        is("expected a job of sparsegpt, which has damping, found one of wanda"));
        retry(job).then().statusCode(202);
    }

    @Test
    void deletedJobIsGoneFromEveryPath() throws Exception {
        String label = UUID.randomUUID().toString();
        String body = Api.request().replace("\"team\": \"a\"", "\"team\": \"" + label + "\"");
        Script job = new Script(Api.submit(body));
        Mesh.send(Topics.EVENTS, job.changed(1, JobState.CANCELLED));
        job.await("CANCELLED");

        delete(job).then().statusCode(204);

        Mesh.request(job.id(), DeleteRequested.class);
        for (String path : List.of("", "/layers", "/events", "/evaluations", "/artifacts")) {
            given().get(job.path() + path).then().statusCode(404);
        }
        given().get("/v1/jobs?label.team=" + label).then().body("items", hasSize(0));
        delete(job).then().statusCode(404);
        cancel(job).then().statusCode(404);
        Mesh.send(Topics.EVENTS, new JobRemoved(job.job(), 2, Instant.now()));
    }

    @Test
    void colonMayBeEncoded() {
        Script job = jobIn(JobState.CANCELLING);

        given().urlEncodingEnabled(false).post(job.path() + ":cancel").then().statusCode(200);
        given().urlEncodingEnabled(false).post(job.path() + "%3Acancel").then().statusCode(200);
        given().urlEncodingEnabled(false).post(job.path() + "%3aretry").then().statusCode(409);
    }

    @Test
    void unknownActionIsAProblem() {
        Script job = jobIn(JobState.VALIDATING);

        given().post(job.path() + ":pause")
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("detail", is("expected the action cancel or retry, found 'pause'"));
        given().post(job.path())
                .then()
                .statusCode(405)
                .contentType("application/problem+json")
                .body("code", is("method-not-allowed"));
    }
}
