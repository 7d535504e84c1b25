package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.JobResult;
import io.sparsemesh.contracts.job.JobState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Jobs that make a checkpoint for each of several targets.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class SweepTest {

    private static final String TARGETS =
            "\"targets\": [{\"sparsity\": 0.7}, {\"sparsity\": 0.5}, {\"pattern\": \"2:4\"}]";

    private static String with(String target) {
        return Api.request().replace("\"sparsity\": 0.5", target);
    }

    private static ValidatableResponse refused(String target, String pointer) {
        return Api.post(with(target))
                .statusCode(422)
                .body("errors", hasSize(1))
                .body("errors[0].pointer", is(pointer));
    }

    @Test
    void thePlanSaysWhatIsSharedAndWhereTheCheckpointsGo() {
        String dense = with(TARGETS + ", \"propagation\": \"dense\"");
        Api.json(dense)
                .post("/v1/jobs?validateOnly=true")
                .then()
                .statusCode(200)
                .body("shared", is("all calibration and factors"))
                .body("outputs.s70", containsString("/s70"))
                .body("outputs.'2of4'", containsString("/2of4"))
                .body("matched[0].target", is("0.7, 0.5, 2:4"))
                .body("request.method.targets", hasSize(3))
                .body("request.method.sparsity", nullValue());
        Api.json(with(TARGETS))
                .post("/v1/jobs?validateOnly=true")
                .then()
                .body("shared", is("calibration and factors of the first pruned block only"));
    }

    @Test
    void layersAndEvaluationsOfEveryCandidateAreKnownFromTheStart() {
        String id = Api.submit(with(TARGETS));

        given().get("/v1/jobs/" + id)
                .then()
                .body("progress.layersTotal", is(3 * TinyLlama.LINEARS));
        given().get("/v1/jobs/" + id + "/layers?pageSize=500")
                .then()
                .body("items", hasSize(3 * TinyLlama.LINEARS))
                .body("items.name", hasItem("2of4/model.layers.1.mlp.down_proj"));
        given().get("/v1/jobs/" + id + "/evaluations")
                .then()
                .body("variant", contains("dense", "s70", "s50", "2of4"));
    }

    @Test
    void theResultIsACurveByRisingSparsity() {
        Script job = new Script(Api.submit(with(TARGETS)));
        JobResult result =
                new JobResult(
                        "file:///nowhere",
                        "dense",
                        null,
                        null,
                        Map.of("ids", Map.of("perplexity", 4.0)),
                        Map.of(),
                        42,
                        List.of(),
                        List.of(),
                        "all calibration and factors",
                        List.of(candidate("s70", 0.7, 9.0), candidate("s50", 0.5, 5.0)),
                        null);

        Mesh.send(
                Topics.EVENTS,
                job.changed(1, JobState.QUEUED),
                new JobChanged(
                        job.job(), 2, Instant.now(), JobState.SUCCEEDED, "done", 2, result, null));
        job.await("SUCCEEDED");

        given().get(job.path())
                .then()
                .body("result.shared", is("all calibration and factors"))
                .body("result.sha256", nullValue())
                .body("result.candidates.name", contains("s70", "s50"))
                .body("result.curve.name", contains("dense", "s50", "s70"))
                .body("result.curve.perplexity.ids", contains(4.0f, 5.0f, 9.0f));
    }

    private static JobResult.Candidate candidate(String name, double sparsity, double perplexity) {
        return new JobResult.Candidate(
                name,
                Double.toString(sparsity),
                "file:///nowhere/" + name,
                "ab",
                sparsity,
                Map.of("ids", Map.of("perplexity", perplexity)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[] | /method/targets | expected 2 to 16 entries, found 0",
                "[{\"sparsity\": 0.5}] | /method/targets | expected 2 to 16 entries, found 1",
                "{} | /method/targets | expected an array",
                "[{\"sparsity\": 0.5}, {\"sparsity\": 0.50}] | /method/targets/1 | found 0.5 again",
                "[{\"sparsity\": 0.5}, {}] | /method/targets/1 | exactly one of sparsity and pattern",
                "[{\"sparsity\": 0.5}, {\"pattern\": \"3:5\"}] | /method/targets/1/pattern | divides",
                "[{\"sparsity\": 0.5}, {\"pattern\": \"x\"}] | /method/targets/1/pattern | n:m with",
                "[{\"sparsity\": 0.5}, {\"sparsity\": 1}] | /method/targets/1/sparsity | found 1"
            })
    void targetsAtFaultAreRefused(String targets, String pointer, String detail) {
        refused("\"targets\": " + targets, pointer)
                .body("errors[0].detail", containsString(detail));
    }

    @Test
    void targetsBesideATargetAreRefused() {
        refused(TARGETS + ", \"sparsity\": 0.5", "/method")
                .body("errors[0].detail", containsString("found targets and sparsity"));
    }
}
