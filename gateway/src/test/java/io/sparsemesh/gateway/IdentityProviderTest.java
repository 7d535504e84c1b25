package io.sparsemesh.gateway;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.smallrye.jwt.build.JwtClaimsBuilder;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(AccessServers.class)
class IdentityProviderTest {

    private static ValidatableResponse jobs(String token) {
        return Keys.with(token).get("/v1/jobs").then();
    }

    @Test
    void aTokenOfTheProviderIsOfItsTenantAndHasItsScopes() {
        String token = FakeProvider.sign(FakeProvider.claims());

        String id =
                Keys.json(token, Api.request())
                        .post("/v1/jobs")
                        .then()
                        .statusCode(202)
                        .extract()
                        .path("id");

        jobs(token).statusCode(200).body("items.id", hasItem(id));
        jobs(Keys.of("a", "\"read\"")).body("items.id", hasItem(id));
        jobs(FakeProvider.sign(FakeProvider.claims().claim("tenant", "b")))
                .statusCode(200)
                .body("items.id", not(hasItem(id)));
        Keys.with(token).get("/v1/keys").then().statusCode(403);
    }

    @Test
    void scopesMayBeAList() {
        JwtClaimsBuilder claims = FakeProvider.claims().claim("scope", List.of("sparsemesh:admin"));

        Keys.with(FakeProvider.sign(claims)).get("/v1/keys").then().statusCode(200);
    }

    @Test
    void aTokenWithoutScopesOfThisServiceOpensNothing() {
        JwtClaimsBuilder claims = FakeProvider.claims().claim("scope", "openid read write admin");

        jobs(FakeProvider.sign(claims)).statusCode(403).body("code", is("forbidden"));
    }

    static Stream<Arguments> unfit() {
        return Stream.of(
                unfit("an audience of another service", c -> c.audience("other")),
                unfit("an issuer of another name", c -> c.issuer("http://other")),
                unfit("an end long ago", c -> c.expiresAt(Instant.now().minusSeconds(600))),
                unfit(
                        "a begin in an hour",
                        c -> c.claim("nbf", Instant.now().getEpochSecond() + 3600)));
    }

    private static Arguments unfit(String what, UnaryOperator<JwtClaimsBuilder> change) {
        return Arguments.of(what, change);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unfit")
    void aTokenForOtherTimesAndServicesIsRefused(
            String what, UnaryOperator<JwtClaimsBuilder> change) {
        jobs(FakeProvider.sign(change.apply(FakeProvider.claims())))
                .statusCode(401)
                .contentType("application/problem+json")
                .body("code", is("unauthenticated"));
    }

    @Test
    void aTokenOfSomebodyElseIsRefused() {
        String token =
                FakeProvider.sign(FakeProvider.keyPair().getPrivate(), FakeProvider.claims());

        jobs(token).statusCode(401).body("code", is("unauthenticated"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A B", "../a"})
    void aTokenThatNamesNoTenantIsToldWhichClaim(String tenant) {
        jobs(FakeProvider.sign(FakeProvider.claims().claim("tenant", tenant)))
                .statusCode(403)
                .body("detail", containsString("claim 'tenant'"));
    }

    @Test
    void aTokenWithoutATenantIsToldWhichClaim() {
        jobs(FakeProvider.sign(FakeProvider.claims().remove("tenant")))
                .statusCode(403)
                .body("detail", containsString("found none"));
    }

    @Test
    void ofSeveralTenantsNoneIsGuessed() {
        jobs(FakeProvider.sign(FakeProvider.claims().claim("tenant", List.of("a", "b"))))
                .statusCode(403)
                .body("detail", containsString("found [a, b]"));
        jobs(FakeProvider.sign(FakeProvider.claims().claim("tenant", List.of("a"))))
                .statusCode(200);
    }
}
