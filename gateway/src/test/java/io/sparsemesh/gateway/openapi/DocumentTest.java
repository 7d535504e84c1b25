package io.sparsemesh.gateway.openapi;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.gateway.Api;
import io.sparsemesh.gateway.GatewayServers;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The stored document is what the gateway serves.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class DocumentTest {

    private static final String HOW_TO_ACCEPT =
            """
            docs/openapi.yaml is not what the gateway serves. If the change is meant, take it by
              ./mvnw -B test -pl gateway -am -Dtest=DocumentTest -Dopenapi.accept=true \
            -Dsurefire.failIfNoSpecifiedTests=false
            and commit the file, with a line in CHANGELOG.md; clients rely on what was there before.
            """;

    @TestHTTPResource(value = "/", management = true)
    URI management;

    private String served() {
        return given().get(management.resolve("/q/openapi"))
                .then()
                .statusCode(200)
                .extract()
                .asString();
    }

    @Test
    void storedDocumentIsWhatTheGatewayServes() throws IOException {
        String served = served();
        if (Boolean.getBoolean("openapi.accept")) {
            StoredDocument.write(served);
        }

        JsonNode now = StoredDocument.YAML.readTree(served);

        assertThat(JsonDiff.between(StoredDocument.read(), now)).as(HOW_TO_ACCEPT).isEmpty();
    }

    @Test
    void defaultsOfTheDocumentAreThoseOfTheGateway() throws IOException {
        ObjectNode asked = (ObjectNode) StoredDocument.JSON.readTree(Api.request());
        asked.withObject("/method/quantization").put("bits", 4);
        asked.withObject("/method/refit").put("mode", "target");
        asked.remove("evaluation");
        String answer =
                Api.json(asked.toString())
                        .post("/v1/jobs?validateOnly=true")
                        .then()
                        .statusCode(200)
                        .extract()
                        .asString();
        JsonNode filled = StoredDocument.JSON.readTree(answer).get("request");
        List<String> compared = new ArrayList<>();

        compareDefaults("", DocumentSchema.named("JobSubmission"), asked, filled, compared);

        assertThat(compared).contains("/method/damping", "/calibration/tensor", "/output/format");
    }

    private static void compareDefaults(
            String at,
            DocumentSchema schema,
            JsonNode asked,
            JsonNode filled,
            List<String> compared) {
        JsonNode expected = schema.node().path("default");
        if (!expected.isMissingNode() && asked.isMissingNode() && !filled.isMissingNode()) {
            assertThat(filled).as(at).isEqualTo(expected);
            compared.add(at);
        }
        schema.properties()
                .forEach(
                        (name, property) ->
                                compareDefaults(
                                        at + "/" + name,
                                        property,
                                        asked.path(name),
                                        filled.path(name),
                                        compared));
    }

    @Test
    void differenceNamesItsPlace() throws IOException {
        ObjectNode before =
                (ObjectNode) StoredDocument.JSON.readTree("{\"a\": {\"b\": 1}, \"/\": 2}");
        ObjectNode after = before.deepCopy();
        after.withObject("/a").put("b", 3).put("c", 4);
        after.remove("/");

        assertThat(JsonDiff.between(before, after))
                .containsExactly("removed /~1", "changed /a/b: 1 -> 3", "added /a/c");
    }
}
