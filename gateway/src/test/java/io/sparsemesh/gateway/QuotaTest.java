package io.sparsemesh.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.job.JobState;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(QuotaServers.class)
class QuotaTest {

    private String key;

    @BeforeEach
    void tenantOfItsOwn() {
        key = Keys.all("t-" + UUID.randomUUID());
    }

    private Response submit() {
        return Keys.json(key, Api.request()).post("/v1/jobs");
    }

    @Test
    void submissionsAtOnceDoNotExceedTheJobsOfATenant() throws Exception {
        Callable<Response> submission = this::submit;

        List<Integer> statuses = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (Future<Response> answer : threads.invokeAll(Collections.nCopies(8, submission))) {
                statuses.add(answer.get().statusCode());
            }
        }

        assertThat(statuses.stream().filter(s -> s == 202)).hasSize(QuotaServers.JOBS);
        assertThat(statuses.stream().filter(s -> s == 429)).hasSize(8 - QuotaServers.JOBS);
        submit().then()
                .statusCode(429)
                .header("Retry-After", is("60"))
                .body("code", is("quota-exceeded"))
                .body("detail", containsString("at most 3 unfinished jobs"));
    }

    @Test
    void aJobThatHasEndedMakesRoomAndARetryTakesIt() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < QuotaServers.JOBS; i++) {
            ids.add(submit().path("id"));
        }
        submit().then().statusCode(429);
        end(ids.getFirst());

        submit().then().statusCode(202);

        Keys.with(key)
                .post("/v1/jobs/" + ids.getFirst() + ":retry")
                .then()
                .statusCode(429)
                .body("code", is("quota-exceeded"));
    }

    @Test
    void retriesCountBeforeTheyRun() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < QuotaServers.JOBS; i++) {
            ids.add(submit().path("id"));
        }
        ids.subList(0, 2).forEach(this::end);
        ids.subList(0, 2)
                .forEach(
                        id ->
                                Keys.with(key)
                                        .post("/v1/jobs/" + id + ":retry")
                                        .then()
                                        .statusCode(202));

        submit().then().statusCode(429);
    }

    private void end(String id) {
        Mesh.send(Topics.EVENTS, new Script(id).changed(1, JobState.FAILED));
        String path = "/v1/jobs/" + id + "?wait=10s";
        assertThat(Keys.with(key).get(path).<String>path("state")).isEqualTo("FAILED");
    }

    @Test
    void aTenantsCallsAreCountedByTheMinuteAndNobodyElses() {
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i <= 2 * QuotaServers.CALLS; i++) {
            statuses.add(Keys.with(key).get("/v1/workers").statusCode());
        }

        // The minute may have changed in between.
        assertThat(statuses.stream().filter(s -> s == 200).count())
                .isBetween((long) QuotaServers.CALLS, 2L * QuotaServers.CALLS);
        assertThat(statuses).contains(429).containsOnly(200, 429);
        Keys.with(Keys.all("t-" + UUID.randomUUID())).get("/v1/workers").then().statusCode(200);
    }

    @TestHTTPResource URI server;

    private HttpResponse<InputStream> stream(HttpClient client, String token)
            throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(server.resolve("/v1/events"))
                        .header("Accept", "text/event-stream")
                        .header("Authorization", "Bearer " + token)
                        .build();
        return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    }

    /// The first heartbeat tells that a stream is open.
    @Test
    void eventStreamsOfATenantAreCounted() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            List<HttpResponse<InputStream>> open = new ArrayList<>();
            for (int i = 0; i < QuotaServers.STREAMS; i++) {
                open.add(stream(client, key));
                assertThat(open.getLast().statusCode()).isEqualTo(200);
                assertThat(open.getLast().body().read()).isEqualTo(':');
            }
            HttpResponse<InputStream> beyond = stream(client, key);
            assertThat(beyond.statusCode()).isEqualTo(429);
            assertThat(beyond.headers().firstValue("Retry-After")).contains("30");
            open.add(stream(client, Keys.all("other-" + UUID.randomUUID())));
            assertThat(open.getLast().statusCode()).isEqualTo(200);

            open.removeFirst().body().close();
            open.add(streamInItsPlace(client));
            assertThat(open.getLast().statusCode()).isEqualTo(200);
            for (HttpResponse<InputStream> left : open) {
                left.body().close();
            }
        }
    }

    /// One that passes with others and finds no room then is empty.
    @Test
    void eventStreamsAtOnceDoNotExceedThoseOfATenant() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient();
                ExecutorService threads = Executors.newFixedThreadPool(8)) {
            Callable<HttpResponse<InputStream>> one = () -> stream(client, key);
            List<HttpResponse<InputStream>> answers = new ArrayList<>();
            for (Future<HttpResponse<InputStream>> answer :
                    threads.invokeAll(Collections.nCopies(8, one))) {
                answers.add(answer.get());
            }
            int heartbeats = 0;
            for (HttpResponse<InputStream> answer : answers) {
                boolean stream = answer.statusCode() == 200;
                heartbeats += stream && answer.body().read() == ':' ? 1 : 0;
            }
            for (HttpResponse<InputStream> answer : answers) {
                answer.body().close();
            }
            assertThat(heartbeats).isEqualTo(QuotaServers.STREAMS);
            assertThat(answers).allMatch(a -> a.statusCode() == 200 || a.statusCode() == 429);
        }
    }

    /// The gateway notices soon that the other was left; calls are counted too.
    private HttpResponse<InputStream> streamInItsPlace(HttpClient client) throws Exception {
        HttpResponse<InputStream> answer = stream(client, key);
        for (int i = 0; i < 20 && answer.statusCode() == 429; i++) {
            Thread.sleep(500);
            answer = stream(client, key);
        }
        return answer;
    }
}
