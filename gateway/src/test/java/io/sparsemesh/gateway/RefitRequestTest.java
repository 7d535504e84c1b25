package io.sparsemesh.gateway;

import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Jobs that ask for better weights than the reference's.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class RefitRequestTest {

    private static ValidatableResponse plan(String fields) {
        String request = Api.request().replace("\"sparsity\": 0.5", "\"sparsity\": 0.5, " + fields);
        return Api.json(request).post("/v1/jobs?validateOnly=true").then();
    }

    @Test
    void bestIsATargetAndTrueSequential() {
        plan("\"quality\": \"best\"")
                .statusCode(200)
                .body("request.method.refit.mode", is("target"))
                .body("request.method.refit.mix", is(0.5f))
                .body("request.method.refit.iterations", is(2))
                .body("request.method.refit.reselections", is(1))
                .body("request.method.propagation", is("trueSequential"));
    }

    @Test
    void whatIsGivenIsStrongerThanThePreset() {
        plan("\"quality\": \"best\", \"propagation\": \"sequential\","
                        + " \"refit\": {\"mode\": \"refit\", \"iterations\": 5}")
                .statusCode(200)
                .body("request.method.refit.mode", is("refit"))
                .body("request.method.refit.iterations", is(5))
                .body("request.method.refit.reselections", is(0))
                .body("request.method.propagation", is("sequential"));
    }

    @Test
    void theReferenceRefitsNothing() {
        plan("\"quality\": \"reference\"")
                .statusCode(200)
                .body("request.method.refit", nullValue())
                .body("request.method.propagation", is("sequential"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"quality\": \"better\" | /method/quality",
                "\"refit\": {} | /method/refit/mode",
                "\"refit\": {\"mode\": \"refit\", \"mix\": 0.5} | /method/refit/mix",
                "\"refit\": {\"mode\": \"target\", \"mix\": 0} | /method/refit/mix",
                "\"refit\": {\"mode\": \"target\", \"iterations\": 0} | /method/refit/iterations",
                "\"refit\": {\"mode\": \"refit\", \"reselections\": 17} | /method/refit/reselections",
                "\"refit\": {\"mode\": \"target\", \"tolerance\": 1} | /method/refit/tolerance",
                "\"refit\": {\"mode\": \"target\", \"step\": 1} | /method/refit/step"
            })
    void wrongFieldsAreNamed(String fields, String pointer) {
        plan(fields)
                .statusCode(422)
                .body("errors", hasSize(1))
                .body("errors[0].pointer", is(pointer));
    }
}
