package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;

import io.quarkus.hibernate.orm.panache.Panache;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(AccessServers.class)
class ApiKeysTest {

    private static final String READ = "\"read\"";

    private static ValidatableResponse jobs(String token) {
        return Keys.with(token).get("/v1/jobs").then();
    }

    private static ValidatableResponse make(String token, String body) {
        return Keys.json(token, body).post("/v1/keys").then();
    }

    private static String id(String key) {
        return key.split("_")[1];
    }

    @Test
    void aKeyOpensWhatItsScopesSay() {
        String reading = Keys.of("a", READ);
        String writing = Keys.of("a", "\"write\"");

        jobs(reading).statusCode(200);
        jobs(writing)
                .statusCode(403)
                .body("code", is("forbidden"))
                .body("detail", containsString("needs the scope read"));
        Keys.json(reading, Api.request()).post("/v1/jobs").then().statusCode(403);
        Keys.json(writing, Api.request()).post("/v1/jobs").then().statusCode(202);
        Keys.with(reading).get("/v1/keys").then().statusCode(403);
    }

    @Test
    void whoSaysNothingIsToldHow() {
        given().get("/v1/jobs")
                .then()
                .statusCode(401)
                .contentType("application/problem+json")
                .header("WWW-Authenticate", containsString("Bearer"))
                .body("code", is("unauthenticated"))
                .body("detail", containsString("Authorization: Bearer TOKEN"));
    }

    /// Unlike one that asks nobody, which keeps to names of this machine.
    @Test
    void aGatewayThatAsksWhoCallsHasAnyName() {
        given().header("Host", "mesh.example.com")
                .header("Origin", "https://mesh.example.com")
                .get("/v1/jobs")
                .then()
                .statusCode(401);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Basic YTpi",
                "Bearer",
                "Bearer smk_",
                "Bearer smk_0000000000000000_0000000000000000000000000000000000000000000",
                "Bearer 0123456789abcdef0123456789abcdeF",
                "Bearer eyJhbGciOiJub25lIn0.e30.",
                "Bearer a b"
            })
    void whatIsNoKeyIsRefused(String authorization) {
        given().header("Authorization", authorization)
                .get("/v1/jobs")
                .then()
                .statusCode(401)
                .body("code", is("unauthenticated"));
    }

    @Test
    void aSecretThatBelongsToAnotherKeyOpensNothing() {
        String one = Keys.of("a", READ);
        String other = Keys.of("a", READ);
        String mixed = "smk_" + id(one) + other.substring(other.indexOf('_', 4));

        jobs(mixed).statusCode(401);
    }

    @Test
    void aRevokedKeyOpensNothingAnyMore() {
        String key = Keys.of("a", READ);
        String admin = Keys.all("a");
        jobs(key).statusCode(200);

        Keys.with(admin).delete("/v1/keys/" + id(key)).then().statusCode(204);

        jobs(key).statusCode(401).body("detail", containsString("revoked"));
        Keys.with(admin).delete("/v1/keys/" + id(key)).then().statusCode(404);
    }

    @Test
    void aStreamThatIsOpenDoesNotOutliveItsKeyForLong() {
        String key = Keys.of("a", READ);
        String stream = "/v1/events";
        long begun = System.nanoTime();

        Keys.with(key).accept("text/event-stream").get(stream).then().statusCode(200);

        assertThat(Duration.ofNanos(System.nanoTime() - begun))
                .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(15));
        Keys.with(Keys.all("a")).delete("/v1/keys/" + id(key)).then().statusCode(204);
        Keys.with(key).accept("text/event-stream").get(stream).then().statusCode(401);
    }

    @Test
    void anExpiredKeyOpensNothingAnyMore() {
        String key = Keys.of("a", READ);

        QuarkusTransaction.requiringNew()
                .run(
                        () ->
                                Panache.getEntityManager()
                                        .createNativeQuery(
                                                "update gateway.api_key set expires_at = now() where id = ?1")
                                        .setParameter(1, id(key))
                                        .executeUpdate());

        jobs(key).statusCode(401).body("detail", containsString("expired"));
    }

    @Test
    void theSecretIsNotInTheDatabase() {
        String key = Keys.of("a", READ);
        String secret = key.substring(key.indexOf('_', 4) + 1);

        List<?> rows =
                QuarkusTransaction.requiringNew()
                        .call(
                                () ->
                                        Panache.getEntityManager()
                                                .createNativeQuery(
                                                        "select api_key::text from gateway.api_key where id = ?1",
                                                        String.class)
                                                .setParameter(1, id(key))
                                                .getResultList());

        assertThat(rows).hasSize(1);
        assertThat(rows.getFirst().toString()).contains(id(key)).doesNotContain(secret);
    }

    @Test
    void aListShowsKeysWithoutSecretsAndWhenTheyWereUsed() {
        String key = Keys.of("list", READ);
        String admin = Keys.all("list");
        jobs(key).statusCode(200);

        Response list = Keys.with(admin).get("/v1/keys");

        list.then()
                .statusCode(200)
                .body("id", hasItem(id(key)))
                .body("tenant", everyItem(is("list")))
                .body("find { it.id == '%s' }.lastUsedAt".formatted(id(key)), notNullValue())
                .body("find { it.id == '%s' }.scopes".formatted(id(key)), is(List.of("read")));
        assertThat(list.asString()).doesNotContain("\"key\"").doesNotContain("sha256");
    }

    @Test
    void anAdministratorHasTheKeysOfItsTenantOnly() {
        String admin = Keys.all("a");
        String other = Keys.of("b", READ);

        make(admin, "{\"name\": \"mine\", \"scopes\": [\"read\"]}")
                .statusCode(201)
                .body("tenant", is("a"));
        make(admin, "{\"name\": \"theirs\", \"tenant\": \"b\", \"scopes\": [\"read\"]}")
                .statusCode(422)
                .body("errors[0].pointer", is("/tenant"));
        Keys.with(admin).delete("/v1/keys/" + id(other)).then().statusCode(404);
        Keys.with(admin).get("/v1/keys").then().body("id", not(hasItem(id(other))));
        jobs(other).statusCode(200);
    }

    @Test
    void theRootKeyMakesKeysAndDoesNothingElse() {
        String root = AccessServers.ROOT_KEY;

        make(root, "{\"name\": \"n\", \"scopes\": [\"read\"]}")
                .statusCode(422)
                .body("errors[0].code", is("missing-field"))
                .body("errors[0].pointer", is("/tenant"));
        String other = Keys.of("c", READ);
        Keys.with(root).get("/v1/keys").then().statusCode(200).body("id", hasItem(id(other)));
        jobs(root).statusCode(403).body("detail", containsString("root key"));
        Keys.json(root, Api.request()).post("/v1/jobs").then().statusCode(403);
        Keys.with(root).get("/v1/workers").then().statusCode(403);
        Keys.with(root).get("/v1/events").then().statusCode(403);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"scopes": ["read"]}                                    | /name
                    {"name": " ", "scopes": ["read"]}                       | /name
                    {"name": 1, "scopes": ["read"]}                         | /name
                    {"name": "n"}                                           | /scopes
                    {"name": "n", "scopes": []}                             | /scopes
                    {"name": "n", "scopes": ["all"]}                        | /scopes/0
                    {"name": "n", "scopes": ["read"], "expiresInDays": 0}   | /expiresInDays
                    {"name": "n", "scopes": ["read"], "tenant": "A B"}      | /tenant
                    {"name": "n", "scopes": ["read"], "scope": "x"}         | /scope
                    """)
    void aFaultOfAKeyIsToldWithItsPlace(String body, String pointer) {
        make(Keys.all("a"), body).statusCode(422).body("errors[0].pointer", is(pointer));
    }

    @Test
    void theDashboardIsForEverybody() {
        given().get("/").then().statusCode(200).contentType("text/html");
        given().get("/ui/main.js").then().statusCode(200);
    }
}
