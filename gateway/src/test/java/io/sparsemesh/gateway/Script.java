package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.evaluation.EvaluationResult;
import io.sparsemesh.contracts.event.EvaluationUpdated;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.JobError;
import io.sparsemesh.contracts.event.JobResult;
import io.sparsemesh.contracts.event.LayersChanged;
import io.sparsemesh.contracts.event.TaskChanged;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.task.TaskKind;
import io.sparsemesh.contracts.task.TaskOutput.LayerReport;
import io.sparsemesh.contracts.task.TaskOutput.Refit;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// The events of one job as the scheduler would send them.
record Script(String id) {

    private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

    JobId job() {
        return new JobId(id);
    }

    String path() {
        return "/v1/jobs/" + id;
    }

    JobChanged changed(long seq, JobState state) {
        JobError error =
                state == JobState.FAILED ? new JobError("NUMERICAL", "no pivot", "solve") : null;
        return new JobChanged(job(), seq, at(seq), state, "because", 2, null, error);
    }

    private static Instant at(long seq) {
        return START.plusSeconds(seq);
    }

    /// A run of two layers, 8 events.
    void run() {
        Mesh.send(
                Topics.EVENTS,
                changed(1, JobState.QUEUED),
                changed(2, JobState.PRUNING),
                new TaskChanged(
                        job(),
                        3,
                        at(3),
                        new TaskId("solve-b000-qkv"),
                        TaskKind.SOLVE,
                        "RUNNING",
                        1,
                        "worker-1",
                        ""),
                layers(4),
                changed(5, JobState.ASSEMBLING),
                changed(6, JobState.EVALUATING),
                new EvaluationUpdated(
                        job(),
                        7,
                        at(7),
                        new EvaluationResult(
                                "perplexity", "ids", "pruned", Map.of("perplexity", 5.0), 2, 1, 4)),
                succeeded(8, "file:///nowhere", List.of()));
    }

    private LayersChanged layers(long seq) {
        List<LayersChanged.Layer> layers =
                List.of("self_attn.q_proj", "self_attn.k_proj").stream()
                        .map(name -> "model.layers.0." + name)
                        .map(name -> layer(name))
                        .toList();
        return new LayersChanged(job(), seq, at(seq), layers);
    }

    private static LayersChanged.Layer layer(String name) {
        Refit refit = new Refit(0.02, 0.01, 3, true);
        LayerReport report =
                new LayerReport(name, 8, 8, 0.5, 32, 0.01, 0.01, "F32", "", 128, 7, "0.5", refit);
        return new LayersChanged.Layer(name, 0, "SUCCEEDED", 1, "worker-1", report);
    }

    JobChanged succeeded(long seq, String outputUri, List<FileDigest> files) {
        Map<String, Map<String, Double>> metrics = Map.of("ids", Map.of("perplexity", 4.0));
        JobResult result =
                new JobResult(outputUri, "dense", "ab", 0.5, metrics, metrics, 2, List.of(), files);
        return new JobChanged(job(), seq, at(seq), JobState.SUCCEEDED, "done", 2, result, null);
    }

    /// Waits until the API shows the job in that state.
    void await(String state) {
        long end = System.nanoTime() + 20_000_000_000L;
        String found = "";
        while (!state.equals(found) && System.nanoTime() < end) {
            found = given().get(path() + "?wait=1s").path("state");
        }
        assertThat(found).isEqualTo(state);
    }
}
