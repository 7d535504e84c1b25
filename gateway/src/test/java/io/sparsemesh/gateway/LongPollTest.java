package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.job.JobState;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(GatewayServers.class)
class LongPollTest {

    private Script job;

    @BeforeEach
    void submitJob() {
        job = new Script(Api.submit(Api.request()));
    }

    private Response poll(String wait) {
        return given().get(job.path() + "?wait=" + wait);
    }

    @Test
    void waitsAsLongAsAskedWhenNothingChanges() {
        long start = System.nanoTime();

        poll("700ms").then().statusCode(200).body("state", is("VALIDATING"));

        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(700), Duration.ofSeconds(10));
    }

    @Test
    void manyWaitersAreAllAnsweredByOneChange() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(20)) {
            List<CompletableFuture<String>> polls =
                    Stream.generate(
                                    () ->
                                            CompletableFuture.supplyAsync(
                                                    () -> poll("30s").<String>path("state"),
                                                    threads))
                            .limit(20)
                            .toList();
            Thread.sleep(500);
            assertThat(polls).noneMatch(CompletableFuture::isDone);

            Mesh.send(Topics.EVENTS, job.changed(1, JobState.QUEUED));

            assertThat(polls)
                    .allSatisfy(
                            poll -> assertThat(poll.get(15, TimeUnit.SECONDS)).isEqualTo("QUEUED"));
        }
    }

    @Test
    void endedJobIsAnsweredAtOnce() {
        Mesh.send(Topics.EVENTS, job.changed(1, JobState.CANCELLED));
        job.await("CANCELLED");
        long start = System.nanoTime();

        poll("30").then().statusCode(200);

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
    }

    @ParameterizedTest
    @ValueSource(strings = {"soon", "-1s", "1h", "1.5s", "s", "9999999999"})
    void unreadableDurationIsRefused(String wait) {
        poll(wait)
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("code", is("invalid-parameter"))
                .body("errors[0].parameter", is("wait"))
                .body("detail", containsString("such as 30s or 500ms, found '" + wait + "'"));
    }
}
