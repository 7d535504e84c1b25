package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.hibernate.orm.panache.Panache;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.sparsemesh.contracts.message.JobSubmitted;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(GatewayServers.class)
class IdempotencyTest {

    private final String key = UUID.randomUUID().toString();

    private Response submit(String body) {
        return Api.json(body).header("Idempotency-Key", key).post("/v1/jobs");
    }

    @Test
    void concurrentRequestsWithOneKeyMakeOneJob() throws Exception {
        String body = Api.request().replace("\"team\": \"a\"", "\"team\": \"" + key + "\"");
        Callable<Response> request = () -> submit(body);

        List<Response> answers;
        try (ExecutorService threads = Executors.newFixedThreadPool(10)) {
            List<Future<Response>> sent =
                    threads.invokeAll(Stream.generate(() -> request).limit(6).toList());
            answers = sent.stream().map(Future::resultNow).toList();
        }

        assertThat(answers).allSatisfy(answer -> assertThat(answer.statusCode()).isEqualTo(202));
        assertThat(answers.stream().map(Response::asString).distinct()).hasSize(1);
        assertThat(answers.stream().filter(a -> a.header("Idempotency-Replayed") == null))
                .hasSize(1);
        given().get("/v1/jobs?label.team=" + key).then().body("items", hasSize(1));
        String id = answers.getFirst().path("id");
        Mesh.request(id, JobSubmitted.class);
        assertThat(Mesh.requests(id, JobSubmitted.class)).hasSize(1);
    }

    @Test
    void replayIsTheFirstAnswerEvenWhenTheJobHasMovedOn() {
        String body = Api.request();
        Response first = submit(body);
        Script job = new Script(first.path("id"));
        job.run();
        job.await("SUCCEEDED");

        Response second = submit(body);

        second.then().statusCode(202).header("Idempotency-Replayed", "true");
        assertThat(second.asString()).isEqualTo(first.asString());
    }

    @Test
    void otherBodyNamesTheFirstJob() {
        String id = submit(Api.request()).path("id");

        submit(Api.request())
                .then()
                .statusCode(422)
                .body("code", is("idempotency-key-reused"))
                .body("detail", containsString(id));
    }

    @Test
    void aKeyIsFreeAfterADayAndNotBefore() {
        String body = Api.request();
        String first = submit(body).path("id");
        age("23 hours 59 minutes");
        submit(body).then().header("Idempotency-Replayed", "true").body("id", is(first));
        age("24 hours");

        Response later = submit(Api.request());

        later.then().statusCode(202).header("Idempotency-Replayed", nullValue());
        assertThat(later.<String>path("id")).isNotEqualTo(first);
        submit(Api.request())
                .then()
                .statusCode(422)
                .body("detail", containsString(later.path("id")));
    }

    /// Makes the key as old as that.
    private void age(String interval) {
        QuarkusTransaction.requiringNew()
                .run(
                        () ->
                                Panache.getEntityManager()
                                        .createNativeQuery(
                                                "update gateway.idempotency set created_at = now()"
                                                        + " - cast(?1 as interval) where key = ?2")
                                        .setParameter(1, interval)
                                        .setParameter(2, key)
                                        .executeUpdate());
    }

    @Test
    void refusedRequestDoesNotUseTheKeyUp() {
        submit("{}").then().statusCode(422);

        submit(Api.request()).then().statusCode(202).header("Idempotency-Replayed", nullValue());
    }

    @Test
    void validationAloneDoesNotUseTheKeyUp() {
        Api.json(Api.request())
                .header("Idempotency-Key", key)
                .post("/v1/jobs?validateOnly=true")
                .then()
                .statusCode(200);

        submit(Api.request()).then().statusCode(202).header("Idempotency-Replayed", nullValue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"two words", "caf\u00e9"})
    void malformedKeyIsRefused(String malformed) {
        Api.json(Api.request())
                .header("Idempotency-Key", malformed)
                .post("/v1/jobs")
                .then()
                .statusCode(400)
                .body("errors[0].parameter", is("Idempotency-Key"));
    }
}
