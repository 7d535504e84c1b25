package io.sparsemesh.gateway;

import static org.hamcrest.Matchers.is;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(AwayServers.class)
class ProviderAwayTest {

    /// `{"alg": "RS256", "kid": "k1"}` and `{"sub": "x"}`.
    private static final String TOKEN =
            "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";

    /// Its sender is not to throw it away.
    @Test
    void aTokenThatCannotBeVerifiedNowIsNotCalledWrong() {
        for (int i = 0; i < 2; i++) {
            Keys.with(TOKEN)
                    .get("/v1/jobs")
                    .then()
                    .statusCode(503)
                    .contentType("application/problem+json")
                    .body("code", is("unavailable"));
        }
    }

    @Test
    void keysOpenAsEver() {
        Keys.with(Keys.of("a", "\"read\"")).get("/v1/jobs").then().statusCode(200);
    }
}
