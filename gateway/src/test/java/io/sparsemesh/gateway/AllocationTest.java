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
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.JobResult;
import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.AllocationResult;
import io.sparsemesh.contracts.job.BlockShare;
import io.sparsemesh.contracts.job.JobState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Jobs that spread their sparsity over the linears.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class AllocationTest {

    private static String with(String fields) {
        return Api.request().replace("\"sparsity\": 0.5", fields);
    }

    @ParameterizedTest
    @CsvSource({"budget, 8", "owl, 2"})
    void thePlanHasProfilesAndBothCheckpoints(String allocation, int profiles) {
        String body =
                with(
                        "\"sparsity\": 0.5, \"propagation\": \"dense\", \"allocation\": \"%s\""
                                .formatted(allocation));

        Api.json(body)
                .post("/v1/jobs?validateOnly=true")
                .then()
                .statusCode(200)
                .body("tasks.byKind.PROFILE", is(profiles))
                .body("tasks.byKind.ALLOCATE", is(1))
                .body("tasks.byKind.KEEP", is(1))
                .body("tasks.byKind.ASSEMBLE", is(2))
                .body("tasks.byKind.REPORT", is(1))
                .body("shared", is("all calibration and factors"))
                .body("outputs", nullValue())
                .body("request.method.allocation", is(allocation));
        String id = Api.submit(body);
        given().get("/v1/jobs/" + id + "/layers?pageSize=500")
                .then()
                .body("items", hasSize(2 * TinyLlama.LINEARS))
                .body("items.name", hasItem(allocation + "/model.layers.1.mlp.down_proj"));
        given().get("/v1/jobs/" + id + "/evaluations")
                .then()
                .body("variant", contains(allocation, "uniform", "dense"));
    }

    @Test
    void uniformIsAnOrdinaryJob() {
        Api.json(with("\"sparsity\": 0.5, \"allocation\": \"uniform\""))
                .post("/v1/jobs?validateOnly=true")
                .then()
                .statusCode(200)
                .body("tasks.byKind.PROFILE", nullValue())
                .body("request.method.allocation", nullValue());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"sparsity\": 0.5, \"allocation\": \"best\" | 'best'",
                "\"pattern\": \"2:4\", \"allocation\": \"budget\" | allocation and pattern does not exist",
                "\"targets\": [{\"sparsity\": 0.5}, {\"sparsity\": 0.6}], \"allocation\": \"owl\" | allocation and targets does not exist"
            })
    void whatCannotBeAllocatedIsRefused(String fields, String detail) {
        Api.post(with(fields))
                .statusCode(422)
                .body("errors", hasSize(1))
                .body("errors[0].pointer", is("/method/allocation"))
                .body("errors[0].detail", containsString(detail));
    }

    @Test
    void magnitudeHasNothingToAllocateBy() {
        String body =
                with("\"sparsity\": 0.5, \"allocation\": \"budget\"")
                        .replace("\"sparsegpt\"", "\"magnitude\"");

        Api.post(body)
                .statusCode(422)
                .body("errors[0].pointer", is("/method/allocation"))
                .body("errors[0].detail", containsString("magnitude with allocation budget"));
    }

    @Test
    void withoutAPerplexitySuiteNothingCanBeCompared() {
        String body =
                with("\"sparsity\": 0.5, \"allocation\": \"budget\"")
                        .replaceAll("(?s)\"evaluation\": .*\"output\"", "\"output\"");

        Api.post(body)
                .statusCode(422)
                .body("errors", hasSize(1))
                .body("errors[0].pointer", is("/method/allocation"))
                .body("errors[0].detail", containsString("give evaluation.perplexity"));
    }

    @Test
    void theResultSaysWhatWasKeptAndWhy() {
        Script job = new Script(Api.submit(with("\"sparsity\": 0.5, \"allocation\": \"owl\"")));
        AllocationResult allocation =
                new AllocationResult(
                        Allocation.OWL,
                        "uniform",
                        "ids: above",
                        "ids",
                        Map.of("owl", 6.0, "uniform", 5.0),
                        Map.of(),
                        List.of(new BlockShare(0, 0.42), new BlockShare(1, 0.58)));
        JobResult result =
                new JobResult(
                        "file:///nowhere",
                        "dense",
                        "ab",
                        0.5,
                        Map.of(),
                        Map.of("ids", Map.of("perplexity", 5.0)),
                        14,
                        List.of(),
                        List.of(),
                        null,
                        null,
                        allocation);

        Mesh.send(
                Topics.EVENTS,
                job.changed(1, JobState.QUEUED),
                new JobChanged(
                        job.job(), 2, Instant.now(), JobState.SUCCEEDED, "done", 2, result, null));
        job.await("SUCCEEDED");

        given().get(job.path())
                .then()
                .body("result.allocation.asked", is("owl"))
                .body("result.allocation.kept", is("uniform"))
                .body("result.allocation.perplexity.owl", is(6.0f))
                .body("result.allocation.blocks.sparsity", contains(0.42f, 0.58f));
    }
}
