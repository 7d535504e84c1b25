package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.message.JobSubmitted;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(GatewayServers.class)
class SubmitTest {

    @Test
    void acceptedJobIsAnsweredWithItsPlaceAndDefaults() {
        Response answer = Api.json(Api.request()).post("/v1/jobs");

        String id = answer.path("id");
        answer.then()
                .statusCode(202)
                .header("Location", endsWith("/v1/jobs/" + id))
                .body("state", is("VALIDATING"))
                .body("stateReason", is("waiting for the scheduler"))
                .body("createdAt", notNullValue())
                .body("startedAt", nullValue())
                .body("progress.layersDone", is(0))
                .body("progress.layersTotal", is(TinyLlama.LINEARS))
                .body("request.method.blockSize", is(128))
                .body("request.method.damping", is(0.01f))
                .body("request.method.propagation", is("sequential"))
                .body("request.method.include", contains("re:.*"))
                .body("request.method.exclude", contains("lm_head"))
                .body("request.method.lastBlock", is(1))
                .body("request.method.minTokensPerExpert", is(128))
                .body("request.method.fewTokens", is("everyToken"))
                .body("request.calibration.tensor", is("input_ids"))
                .body("request.calibration.seed", is(0))
                .body("request.onFallback", is("degrade"))
                .body("request.output.format", is("dense"))
                .body("request.labels.team", is("a"))
                .body("result", nullValue())
                .body("error", nullValue())
                .body("links.self", is("/v1/jobs/" + id))
                .body("links.cancel", is("/v1/jobs/" + id + ":cancel"));
        given().get("/v1/jobs/" + id).then().statusCode(200).body("id", is(id));
    }

    @Test
    void acceptedJobIsPublishedWithRequestAndArchitecture() {
        String id = Api.submit(Api.request());

        JobSubmitted message = Mesh.request(id, JobSubmitted.class);

        assertThat(message.request().method().name()).isEqualTo(MethodName.SPARSEGPT);
        assertThat(message.request().method().propagation()).isEqualTo(Propagation.SEQUENTIAL);
        assertThat(message.request().modelUri()).isEqualTo("file://" + Api.model());
        assertThat(message.request().calibration().source().tensor()).isEqualTo("input_ids");
        assertThat(message.architecture().blocks()).isEqualTo(TinyLlama.BLOCKS);
        assertThat(message.architecture().linears()).isEqualTo(TinyLlama.LINEARS);
        assertThat(message.architecture().groups().getFirst().linears().getFirst().in(1).name())
                .isEqualTo("model.layers.1.self_attn.q_proj");
        assertThat(message.architecture().otherLinears()).containsExactly("lm_head");
    }

    @Test
    void layersAndEvaluationsAreKnownFromTheStart() {
        String id = Api.submit(Api.request());

        given().get("/v1/jobs/" + id + "/layers?pageSize=10")
                .then()
                .statusCode(200)
                .body("items", hasSize(10))
                .body("items[0].name", is("model.layers.0.self_attn.q_proj"))
                .body("items[0].state", is("PENDING"))
                .body("items[0].attempt", is(0))
                .body("nextPageToken", notNullValue());
        given().get("/v1/jobs/" + id + "/evaluations")
                .then()
                .statusCode(200)
                .body("variant", contains("dense", "pruned"))
                .body("task", contains("ids", "ids"))
                .body("suite", contains("perplexity", "perplexity"))
                .body("state", contains("PENDING", "PENDING"));
        given().get("/v1/jobs/" + id + "/artifacts").then().statusCode(200).body("$", hasSize(0));
    }

    @Test
    void layerPagesJoinToAllLayers() {
        String id = Api.submit(Api.request());
        String layers = "/v1/jobs/" + id + "/layers";

        String token = given().get(layers + "?pageSize=10").path("nextPageToken");

        given().get(layers + "?pageSize=10&pageToken=" + token)
                .then()
                .body("items", hasSize(TinyLlama.LINEARS - 10))
                .body("nextPageToken", nullValue());
    }

    @Test
    void validateOnlyAnswersThePlanAndMakesNoJob() {
        String marker = UUID.randomUUID().toString();
        String body = Api.request().replace("\"team\": \"a\"", "\"team\": \"" + marker + "\"");

        Api.json(body)
                .post("/v1/jobs?validateOnly=true")
                .then()
                .statusCode(200)
                .body("blocks", contains(0, 1))
                .body("matched", hasSize(TinyLlama.LINEARS))
                .body("matched[0].name", is("model.layers.0.self_attn.q_proj"))
                .body("matched[0].rows", is(8))
                .body("skipped.name", hasItem("lm_head"))
                .body("skipped.reason", hasItem("not in a block"))
                .body("tasks.total", greaterThan(TinyLlama.BLOCKS))
                .body("tasks.byKind.SOLVE", greaterThan(0))
                .body("bytesRead", greaterThan(0))
                .body("bytesWritten", greaterThan(0))
                .body("peakMemoryBytes.CALIBRATE", greaterThan(0))
                .body("peakStoreBytes", greaterThan(0));

        given().get("/v1/jobs?label.team=" + marker).then().body("items", hasSize(0));
    }

    @Test
    void magnitudeNeedsNoCalibration() {
        String body =
                """
                {"model": {"uri": "file:%s"}, "method": {"name": "magnitude", "pattern": "2:4"}}
                """
                        .formatted(Api.model());

        Api.post(body)
                .statusCode(202)
                .body("request.calibration", nullValue())
                .body("request.method.pattern", is("2:4"))
                .body("request.output.uri", startsWith("file://" + Api.root()))
                .body("request.output.uri", containsString("/sparsemesh-output/"));
    }

    @Test
    void outputOfARunningJobIsNotGivenTwice() {
        String output = Api.freshOutput();
        String first = Api.submit(Api.request(output));

        Api.post(Api.request(output))
                .statusCode(422)
                .body("code", is("output-not-usable"))
                .body("errors[0].pointer", is("/output/uri"))
                .body("errors[0].detail", containsString(first));
    }

    @Test
    void sameIdempotencyKeyAndBodyGetTheFirstAnswer() {
        String key = UUID.randomUUID().toString();
        String body = Api.request();

        Response first = Api.json(body).header("Idempotency-Key", key).post("/v1/jobs");
        Response second = Api.json(body).header("Idempotency-Key", key).post("/v1/jobs");

        first.then().statusCode(202).header("Idempotency-Replayed", nullValue());
        second.then()
                .statusCode(202)
                .header("Idempotency-Replayed", "true")
                .header("Location", equalTo(first.header("Location")));
        assertThat(second.asString()).isEqualTo(first.asString());
    }

    @Test
    void sameIdempotencyKeyWithAnotherBodyIsRefused() {
        String key = UUID.randomUUID().toString();
        Api.json(Api.request()).header("Idempotency-Key", key).post("/v1/jobs");

        Api.json(Api.request())
                .header("Idempotency-Key", key)
                .post("/v1/jobs")
                .then()
                .statusCode(422)
                .contentType("application/problem+json")
                .body("code", is("idempotency-key-reused"));
    }

    @Test
    void listFiltersAndPagesNewestFirst() {
        String label = UUID.randomUUID().toString();
        String[] ids = new String[3];
        for (int i = 0; i < 3; i++) {
            ids[i] = Api.submit(Api.request().replace("\"a\"", "\"" + label + "\""));
        }
        String list = "/v1/jobs?pageSize=2&label.team=" + label;

        Response first = given().get(list);
        String token = first.path("nextPageToken");

        first.then().body("items.id", contains(ids[2], ids[1]));
        given().get(list + "&pageToken=" + token)
                .then()
                .body("items.id", contains(ids[0]))
                .body("nextPageToken", nullValue());
        given().get(list + "&state=VALIDATING,QUEUED&model=tiny")
                .then()
                .body("items", hasSize(2))
                .body("items[0].labels.team", is(label))
                .body("items[0].model.uri", endsWith("/tiny"));
        given().get(list + "&state=FAILED").then().body("items", hasSize(0));
        given().get(list + "&model=other").then().body("items", hasSize(0));
        given().get(list + "&model=file:" + Api.model()).then().body("items", hasSize(2));
    }

    @Test
    void inspectTellsWhatAModelHolds() {
        given().get("/v1/models/inspect?uri=file:" + Api.model())
                .then()
                .statusCode(200)
                .body("prunable", is(true))
                .body("modelType", is("llama"))
                .body("dtype", is("F32"))
                .body("blocks", is(2))
                .body("tokenizer", is(false))
                .body("groups[0].linears[0].name", is("model.layers.{b}.self_attn.q_proj"))
                .body("groups[0].linears[0].shape", contains(8, 8))
                .body("otherLinears[0].name", is("lm_head"))
                .body("config.hidden_size", is(8));
    }

    @Test
    void inspectTellsWhyAModelCannotBePruned() throws Exception {
        Path folder = TinyLlama.write(Api.root().resolve("mystery"), "mystery", "");

        given().get("/v1/models/inspect?uri=file:" + folder)
                .then()
                .statusCode(200)
                .body("prunable", is(false))
                .body("code", is("unsupported-model"))
                .body("reason", containsString("'mystery'"));
        given().get("/v1/models/inspect?uri=file:///etc")
                .then()
                .statusCode(422)
                .body("code", is("path-outside-roots"))
                .body("errors[0].parameter", is("uri"));
        assertThat(Files.exists(folder)).isTrue();
    }
}
