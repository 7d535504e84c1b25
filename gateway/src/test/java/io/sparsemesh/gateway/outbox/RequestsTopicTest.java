package io.sparsemesh.gateway.outbox;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusMock;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.embedded.FreePorts;
import io.sparsemesh.gateway.GatewayServers;
import java.net.URI;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(GatewayServers.class)
class RequestsTopicTest {

    private static final String OURS = "checks.find { it.name == 'accepts jobs' }";

    @TestHTTPResource(value = "/", management = true)
    URI management;

    @Test
    void gatewayIsNotReadyBeforeTheTopicIsThere() {
        RequestsTopic absent = new RequestsTopic("127.0.0.1:" + FreePorts.next());
        QuarkusMock.installMockForType(absent, RequestsTopic.class);

        given().get(management.resolve("/q/health/ready"))
                .then()
                .statusCode(503)
                .body("status", is("DOWN"))
                .body(OURS + ".data.database", is("migrated"))
                .body(OURS + ".data.'topic sparsemesh.requests'", is("missing"));
        given().get(management.resolve("/q/health/live")).then().statusCode(200);
        absent.close();
        assertThat(absent.isThere()).isFalse();
        absent.close();
    }
}
