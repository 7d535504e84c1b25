package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.job.JobState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(MlflowServers.class)
class MlflowExportTest {

    private static JsonNode state() {
        return given().get(MlflowServers.control() + "state").as(JsonNode.class);
    }

    private static void fail(String call, int times, int status) {
        given().queryParam("on", call)
                .queryParam("times", times)
                .queryParam("status", status)
                .post(MlflowServers.control() + "fail")
                .then()
                .statusCode(200);
    }

    private static List<JsonNode> runs(Script job) {
        List<JsonNode> runs = new ArrayList<>();
        state().path("runs")
                .forEach(
                        run -> {
                            if (run.at("/tags/sparsemesh.job").asText().equals(job.id())) {
                                runs.add(run);
                            }
                        });
        return runs;
    }

    /// The row of the job's export, as `STATE attempts`; empty without one.
    private static String export(Script job) {
        return Database.text(
                "select coalesce(max(state || ' ' || attempts), '') from gateway.mlflow_export where job_id = ?",
                job.id());
    }

    private static List<String> metrics(JsonNode run) {
        List<String> metrics = new ArrayList<>();
        run.path("metrics").forEach(m -> metrics.add(m.asText().replaceAll(" t.*", "")));
        return metrics;
    }

    private static Script ended(JobState end) {
        Script job = new Script(Api.submit(Api.request()));
        Mesh.send(Topics.EVENTS, job.changed(1, end));
        job.await(end.name());
        return job;
    }

    @Test
    void anEndedJobIsARun() {
        Script job = new Script(Api.submit(Api.request()));
        job.run();
        Receiver.await(() -> export(job).startsWith("EXPORTED"));

        assertThat(runs(job)).hasSize(1);
        JsonNode run = runs(job).getFirst();
        assertThat(run.path("status").asText()).isEqualTo("FINISHED");
        assertThat(run.path("name").asText()).endsWith(job.id());
        assertThat(run.at("/params/method.name").asText()).isEqualTo("sparsegpt");
        assertThat(run.at("/params/method.sparsity").asText()).isEqualTo("0.5");
        assertThat(run.at("/tags/sparsemesh.label.team").asText()).isEqualTo("a");
        assertThat(run.at("/tags/sparsemesh.output").asText()).isEqualTo("file:///nowhere");
        assertThat(run.at("/tags/sparsemesh.link").asText())
                .isEqualTo("https://sparsemesh.example.org/#/jobs/" + job.id());
        assertThat(run.at("/tags/mlflow.note.content").asText())
                .contains("/v1/jobs/%s/artifacts/sparsemesh-report.json".formatted(job.id()));
        assertThat(metrics(run))
                .contains(
                        "sparsity@0=0.5",
                        "relative_error/self_attn.q_proj@0=0.01",
                        "layer_sparsity/self_attn.k_proj@0=0.5")
                .as("one slice of four is no measurement")
                .noneMatch(metric -> metric.startsWith("pruned/"));
        assertThat(state().at("/experiments/pruning of default").asText())
                .isEqualTo(run.path("experiment").asText());
    }

    @Test
    void brokenExportsAreTriedAgainAndStayOneRun() {
        fail("runs/log-batch", 3, 503);

        Script job = ended(JobState.FAILED);
        Receiver.await(() -> export(job).startsWith("EXPORTED"));

        assertThat(export(job)).isEqualTo("EXPORTED 4");
        assertThat(runs(job)).hasSize(1);
        assertThat(runs(job).getFirst().path("status").asText()).isEqualTo("FAILED");
    }

    @Test
    void aJobThatIsRetriedIsARunForEachEnd() {
        Script job = ended(JobState.FAILED);
        Receiver.await(() -> export(job).startsWith("EXPORTED"));

        Mesh.send(
                Topics.EVENTS,
                job.changed(2, JobState.QUEUED),
                job.changed(3, JobState.PRUNING),
                job.changed(4, JobState.CANCELLED));
        Receiver.await(() -> runs(job).size() == 2);
        Receiver.await(() -> export(job).startsWith("EXPORTED"));

        assertThat(runs(job))
                .extracting(run -> run.path("status").asText())
                .containsExactly("FAILED", "KILLED");
        assertThat(runs(job))
                .extracting(run -> run.at("/tags/sparsemesh_end").asText())
                .containsExactly(job.id() + "-1", job.id() + "-4");
    }

    @Test
    void aServerThatStaysBrokenIsGivenUp() {
        fail("experiments/get-by-name", 10_000, 500);
        try {
            Script job = ended(JobState.CANCELLED);
            Receiver.await(() -> export(job).startsWith("FAILED"));

            assertThat(export(job)).startsWith("FAILED");
            assertThat(runs(job)).isEmpty();
            assertThat(
                            Database.text(
                                    "select last_error from gateway.mlflow_export where job_id = ?",
                                    job.id()))
                    .contains("experiments/get-by-name: expected status 200 and JSON, found 500")
                    .doesNotContain(FakeMlflow.TOKEN);
        } finally {
            fail("", 0, 0);
        }
    }

    @Test
    void aDeletedJobIsNotExportedAnyMore() {
        fail("experiments/get-by-name", 10_000, 500);
        try {
            Script job = ended(JobState.CANCELLED);
            given().delete(job.path()).then().statusCode(204);
            Receiver.await(() -> export(job).startsWith("SKIPPED"));

            assertThat(export(job)).startsWith("SKIPPED");
            assertThat(runs(job)).isEmpty();
        } finally {
            fail("", 0, 0);
        }
    }
}
