package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(GatewayServers.class)
class ManagementTest {

    private static final String OURS = "checks.find { it.name == 'accepts jobs' }";

    @TestHTTPResource(value = "/", management = true)
    URI management;

    private String at(String path) {
        return management.resolve(path).toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"live", "ready", "started"})
    void healthyGatewayIsUp(String kind) {
        given().get(at("/q/health/" + kind)).then().statusCode(200).body("status", is("UP"));
    }

    @Test
    void readinessTellsWhatItLookedAt() {
        given().get(at("/q/health/ready"))
                .then()
                .body(OURS + ".data.database", is("migrated"))
                .body(OURS + ".data.'topic sparsemesh.requests'", is("there"));
    }

    @Test
    void metricsCountWhatTheGatewayDoes() {
        Script job = new Script(Api.submit(Api.request()));
        job.run();
        job.await("SUCCEEDED");

        given().get(at("/q/metrics"))
                .then()
                .statusCode(200)
                .body(containsString("sparsemesh_gateway_jobs_accepted_total"))
                .body(containsString("sparsemesh_gateway_requests_published_total"))
                .body(containsString("sparsemesh_gateway_events_projected_total"))
                .body(containsString("sparsemesh_gateway_streams_open"))
                .body(containsString("uri=\"/v1/jobs/{id}\""))
                .body(containsString("jvm_memory_used_bytes"));
    }

    @Test
    void openApiListsEveryPath() {
        given().get(at("/q/openapi?format=json"))
                .then()
                .statusCode(200)
                .body("info.title", is("Sparsemesh"))
                .body(
                        "paths.keySet()",
                        hasItems(
                                "/v1/jobs",
                                "/v1/jobs/{id}",
                                "/v1/jobs/{id}:cancel",
                                "/v1/jobs/{id}:retry",
                                "/v1/jobs/{id}/layers",
                                "/v1/jobs/{id}/events",
                                "/v1/jobs/{id}/evaluations",
                                "/v1/jobs/{id}/webhooks",
                                "/v1/jobs/{id}/artifacts",
                                "/v1/jobs/{id}/artifacts/{name}",
                                "/v1/events",
                                "/v1/models/inspect",
                                "/v1/workers"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/q/health", "/q/metrics", "/q/openapi"})
    void managementIsNotServedWithTheApi(String path) {
        given().get(path).then().statusCode(404);
    }
}
