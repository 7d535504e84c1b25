package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.sparsemesh.sources.FakeHub;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(GatewayServers.class)
class HubModelTest {

    private static final String URI = "hf://" + FakeHub.ID;
    private static final String PINNED = URI + "@" + FakeHub.COMMIT;

    private static ValidatableResponse submit(String model) {
        String local = "{\"uri\": \"file://" + Api.model() + "\"}";
        String request = Api.request();
        assertThat(request).contains(local);
        return Api.post(request.replace(local, model));
    }

    @Test
    void jobIsPinnedToTheCommitOfItsRevision() {
        for (String model :
                new String[] {
                    "{\"uri\": \"" + URI + "\"}",
                    "{\"uri\": \"" + URI + "@v1\"}",
                    "{\"uri\": \"" + URI + "\", \"revision\": \"v1\"}",
                    "{\"uri\": \"" + PINNED + "\", \"revision\": \"" + FakeHub.COMMIT + "\"}"
                }) {
            submit(model)
                    .statusCode(202)
                    .body("request.model.uri", is(PINNED))
                    .body("request.model.revision", is(FakeHub.COMMIT));
        }
    }

    @Test
    void planningAndInspectingFetchNoWeights() {
        given().queryParam("uri", URI)
                .get("/v1/models/inspect")
                .then()
                .statusCode(200)
                .body("prunable", is(true))
                .body("uri", is(PINNED));

        Path cache = Api.root().resolve("cache");
        assertThat(cache.resolve("headers/hf/" + FakeHub.ID + "/" + FakeHub.COMMIT))
                .isDirectoryContaining(f -> f.endsWith("model.safetensors"));
        assertThat(cache.resolve("models")).doesNotExist();
    }

    @Test
    void twoRevisionsAreAFaultOfTheUri() {
        submit("{\"uri\": \"" + URI + "@v1\", \"revision\": \"main\"}")
                .statusCode(422)
                .body("errors[0].pointer", is("/model/uri"))
                .body("errors[0].detail", containsString("expected one revision"));
    }

    @Test
    void bucketOffTheListIsRefusedWithWhatToConfigure() {
        submit("{\"uri\": \"s3://models/opt\"}")
                .statusCode(422)
                .body("errors[0].pointer", is("/model/uri"))
                .body("errors[0].code", is("source-not-allowed"))
                .body("errors[0].detail", containsString("SPARSEMESH_BUCKETS"));
    }

    @Test
    void dataIsNotTakenFromTheHub() {
        Api.post(Api.request("hf://tiny/output"))
                .statusCode(422)
                .body("errors[0].pointer", is("/output/uri"))
                .body("errors[0].code", is("unsupported-scheme"));
    }
}
