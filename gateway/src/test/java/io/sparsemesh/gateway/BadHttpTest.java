package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static io.sparsemesh.gateway.Refusals.refused;
import static io.sparsemesh.gateway.Refusals.with;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Bodies, addresses and headers that are no request.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class BadHttpTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"model\": {}, \"model\": {}}",
                "{} {}",
                "{\"a\": 0123}",
                "{\"a\": NaN}",
                "{'a': 1}",
                "\u0001"
            })
    void malformedJsonIsABadRequest(String body) {
        Api.post(body)
                .statusCode(400)
                .contentType("application/problem+json")
                .body("code", is("malformed-json"))
                .body("detail", not(containsString("REDACTED")))
                .body("detail", notNullValue());
    }

    @Test
    void deepAndStrangeBodiesAreNoErrorsOfTheServer() throws IOException {
        Api.post("[".repeat(1200)).statusCode(400).body("code", is("malformed-json"));
        Api.post("[]").statusCode(422).body("errors[0].pointer", is(""));
        Api.post("null").statusCode(422);
        Api.post("\"text\"").statusCode(422);
        Api.post("{\"a\": " + "9".repeat(2000) + "}").statusCode(400);
        given().contentType("application/json")
                .body(new byte[] {'{', '"', (byte) 0xff, (byte) 0xfe, '"', ':', '1', '}'})
                .post("/v1/jobs")
                .then()
                .statusCode(400);
        refused(with("/labels/a", "\"\\u0000\""), "invalid-value", "/labels/a");
        String surrogate = Api.request().replace("\"a\"}", "\"\\ud800\"}");
        refused(surrogate, "invalid-value", "/labels/team");
        refused(with("/method/include", "[\"\\u0000\"]"), "invalid-value", "/method/include/0");
    }

    @Test
    void largeBodyIsRefused() {
        String body = "{\"x\": \"" + "a".repeat(1 << 20) + "\"}";

        Api.post(body)
                .statusCode(413)
                .contentType("application/problem+json")
                .body("code", is("request-too-large"));
    }

    @Test
    void largestBodyIsReadAndJudged() {
        String start = "{\"x\": \"";
        String body = start + "a".repeat((1 << 20) - start.length() - 2) + "\"}";

        Api.post(body).statusCode(422).body("errors.pointer", notNullValue());
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/jobs/none, 404, not-found",
        "GET, /v1/jobs/NOT%20AN%20ID, 404, not-found",
        "GET, /v1/jobs/none/layers, 404, not-found",
        "GET, /v1/jobs/none/events, 404, not-found",
        "GET, /v1/jobs/none/evaluations, 404, not-found",
        "GET, /v1/jobs/none/artifacts, 404, not-found",
        "GET, /v1/jobs/none/artifacts/x, 404, not-found",
        "POST, /v1/jobs/none:cancel, 404, not-found",
        "POST, /v1/jobs/none:retry, 404, not-found",
        "DELETE, /v1/jobs/none, 404, not-found",
        "GET, /v1/nothing, 404, not-found",
        "GET, /nothing, 404, not-found",
        "GET, /ui/nothing.js, 404, not-found",
        "PUT, /v1/jobs, 405, method-not-allowed",
        "POST, /v1/workers, 405, method-not-allowed",
        "GET, /v1/jobs?pageSize=0, 400, invalid-parameter",
        "GET, /v1/jobs?pageSize=x, 400, invalid-parameter",
        "GET, /v1/jobs?pageToken=%21%21, 400, invalid-parameter",
        "GET, /v1/jobs?pageToken=KzMwMDAwMC0wMS0wMVQwMDowMDowMFp8YQ, 400, invalid-parameter",
        "GET, /v1/jobs?pageToken=MDAwMC0wMS0wMVQwMDowMDowMFp8YQ, 400, invalid-parameter",
        "GET, /v1/jobs?state=DONE, 400, invalid-parameter",
        "GET, /v1/jobs?stat=FAILED, 400, invalid-parameter",
        "GET, /v1/jobs?label.a=%00, 400, invalid-parameter",
        "GET, /v1/models/inspect, 400, invalid-parameter",
        "GET, /v1/models/inspect?uri=, 400, invalid-parameter",
        "GET, /v1/models/inspect?uri=file:///m&url=x, 400, invalid-parameter",
        "GET, /v1/jobs/none?Wait=1s, 400, invalid-parameter",
        "GET, /v1/workers?a, 400, invalid-parameter",
        "DELETE, /v1/jobs/none?force=true, 400, invalid-parameter",
        "POST, /v1/jobs/none:cancel?wait=1s, 400, invalid-parameter",
    })
    void wrongAddressIsAProblem(String method, String path, int status, String code) {
        given().urlEncodingEnabled(false)
                .request(method, path)
                .then()
                .statusCode(status)
                .contentType("application/problem+json")
                .body("code", is(code))
                .body("status", is(status));
    }

    @Test
    void misspeltValidateOnlySubmitsNothing() {
        Api.json(Api.request())
                .post("/v1/jobs?validateonly=true")
                .then()
                .statusCode(400)
                .body("errors[0].parameter", is("validateonly"))
                .body("detail", containsString("[validateOnly]"));
    }

    @Test
    void mediaTypesAreChecked() {
        given().contentType(ContentType.XML)
                .body("<a/>".getBytes(StandardCharsets.UTF_8))
                .post("/v1/jobs")
                .then()
                .statusCode(415)
                .contentType("application/problem+json")
                .body("code", is("unsupported-media-type"));
        given().accept(ContentType.XML)
                .get("/v1/jobs")
                .then()
                .statusCode(406)
                .contentType("application/problem+json")
                .body("code", is("not-acceptable"));
    }

    @Test
    void idempotencyKeyIsShortAndPrintable() {
        Api.json(Api.request())
                .header("Idempotency-Key", "a".repeat(256))
                .post("/v1/jobs")
                .then()
                .statusCode(400)
                .body("errors[0].parameter", is("Idempotency-Key"));
        Api.json(Api.request())
                .post("/v1/jobs?validateOnly=maybe")
                .then()
                .statusCode(400)
                .body("code", is("invalid-parameter"));
    }
}
