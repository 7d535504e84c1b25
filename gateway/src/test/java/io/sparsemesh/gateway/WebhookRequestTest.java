package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.message.JobSubmitted;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(GatewayServers.class)
class WebhookRequestTest {

    private static String with(String webhooks) {
        return Api.request()
                .replaceFirst("\"labels\"", "\"webhooks\": " + webhooks + ", \"labels\"");
    }

    @Test
    void answeredRequestHasTheWebhooksWithTheirDefaultsAndMayBeSubmittedAgain() {
        Map<String, Object> request =
                Api.post(
                                with(
                                        """
                                        [{"uri": "https://127.0.0.1/a"},
                                         {"uri": "http://127.0.0.1:9/b", "events": ["job.failed"]}]
                                        """))
                        .statusCode(202)
                        .body(
                                "request.webhooks.uri",
                                contains("https://127.0.0.1/a", "http://127.0.0.1:9/b"))
                        .body(
                                "request.webhooks[0].events",
                                contains(
                                        "job.succeeded",
                                        "job.degraded",
                                        "job.failed",
                                        "job.cancelled"))
                        .body("request.webhooks[1].events", contains("job.failed"))
                        .extract()
                        .path("request");

        request.put("output", Map.of("uri", Api.freshOutput()));
        String id =
                given().contentType("application/json")
                        .body(request)
                        .post("/v1/jobs")
                        .then()
                        .statusCode(202)
                        .extract()
                        .path("id");
        given().get("/v1/jobs/" + id).then().body("request.webhooks", is(request.get("webhooks")));
    }

    @Test
    void schedulerIsNotToldOfWebhooks() {
        String id = Api.submit(with("[{\"uri\": \"http://127.0.0.1:9/secret-path\"}]"));

        Mesh.request(id, JobSubmitted.class);

        assertThat(Mesh.records(Topics.REQUESTS))
                .filteredOn(record -> record.key().equals(id))
                .hasSize(1)
                .allSatisfy(
                        record ->
                                assertThat(new String(record.value(), StandardCharsets.UTF_8))
                                        .doesNotContain("webhooks", "secret-path"));
    }

    @Test
    void requestWithoutWebhooksShowsNone() {
        Api.post(Api.request()).statusCode(202).body("request.webhooks", nullValue());
        Api.post(with("[]")).statusCode(202).body("request.webhooks", nullValue());
    }

    @Test
    void planShowsThemToo() {
        Api.json(with("[{\"uri\": \"http://127.0.0.1:9/\"}]"))
                .post("/v1/jobs?validateOnly=true")
                .then()
                .statusCode(200)
                .body("request.webhooks", hasSize(1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | /webhooks | wrong-type | expected an array, found an object",
                "[7] | /webhooks/0 | wrong-type | expected an object",
                "[{}] | /webhooks/0/uri | missing-field | expected a string",
                "[{\"uri\": \"\"}] | /webhooks/0/uri | invalid-uri | found an empty string",
                "[{\"uri\": \"no uri\"}] | /webhooks/0/uri | invalid-uri | expected an https address",
                "[{\"uri\": \"/hooks\"}] | /webhooks/0/uri | invalid-uri | expected an https address",
                "[{\"uri\": \"https://a@127.0.0.1/\"}] | /webhooks/0/uri | invalid-uri | without user",
                "[{\"uri\": \"ftp://127.0.0.1/\"}] | /webhooks/0/uri | unsupported-scheme | found ftp",
                "[{\"uri\": \"http://127.0.0.2/\"}] | /webhooks/0/uri | webhook-not-allowed | SPARSEMESH_WEBHOOK_HOSTS",
                "[{\"uri\": \"https://10.1.2.3/\"}] | /webhooks/0/uri | webhook-not-allowed | expected a public address",
                "[{\"uri\": \"https://localhost/\"}] | /webhooks/0/uri | webhook-not-allowed | expected a public address",
                "[{\"uri\": \"https://[::ffff:10.1.2.3]/\"}] | /webhooks/0/uri | webhook-not-allowed | expected a public address",
                "[{\"uri\": \"https://127.0.0.1\", \"event\": []}] | /webhooks/0/event | unknown-field | the nearest known is 'events'",
                "[{\"uri\": \"https://127.0.0.1\", \"events\": []}] | /webhooks/0/events | invalid-value | expected at least one of",
                "[{\"uri\": \"https://127.0.0.1\", \"events\": [\"job.fail\"]}] | /webhooks/0/events/0 | invalid-value | the nearest is 'job.failed'",
                "[{\"uri\": \"https://127.0.0.1\", \"events\": [\"task.changed\"]}] | /webhooks/0/events/0 | invalid-value | expected one of",
                "[{\"uri\": \"https://127.0.0.1\"}, {\"uri\": \"https://127.0.0.1\"}] | /webhooks/1/uri | invalid-value | found that of /webhooks/0",
            })
    void faultyWebhookIsRefusedAtItsPlace(
            String webhooks, String pointer, String code, String detail) {
        Api.post(with(webhooks))
                .statusCode(422)
                .body("errors", hasSize(1))
                .body("errors[0].pointer", is(pointer))
                .body("errors[0].code", is(code))
                .body("errors[0].detail", containsString(detail));
    }

    @Test
    void fiveWebhooksAreTooMany() {
        String five =
                String.join(
                        ",", java.util.Collections.nCopies(5, "{\"uri\": \"https://127.0.0.1\"}"));
        Api.post(with("[" + five + "]"))
                .statusCode(422)
                .body("errors[0].pointer", is("/webhooks"))
                .body("errors[0].detail", is("expected at most 4 entries, found 5"));
    }

    @Test
    void allFaultsAreToldAtOnce() {
        List<String> pointers =
                Api.post(
                                with(
                                        """
                                        [{"uri": "https://10.0.0.1/", "events": ["x", 7]},
                                         {"url": "https://127.0.0.1/"}]
                                        """))
                        .statusCode(422)
                        .extract()
                        .path("errors.pointer");

        assertThat(pointers)
                .containsExactlyInAnyOrder(
                        "/webhooks/0/uri",
                        "/webhooks/0/events/0",
                        "/webhooks/0/events/1",
                        "/webhooks/1/uri",
                        "/webhooks/1/url");
    }
}
