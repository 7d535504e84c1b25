package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sparsemesh.artifacts.DirectoryArtifactStore;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.job.Calibration;
import io.sparsemesh.contracts.job.ExpertTokens;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskMessage;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskOutput.Calibrated;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.embedded.LocalInfra;
import io.sparsemesh.taskqueue.Mesh;
import io.sparsemesh.taskqueue.WorkerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The packaged layer worker as a process, with a real broker and the demo's model.
@Timeout(180)
class LayerWorkerIT {

    private static final Path DEMO = Path.of("../deploy/demo").toAbsolutePath().normalize();
    private static final String LAYER = "model.decoder.layers.1.fc2";

    @TempDir Path folder;
    private Mesh mesh;

    @BeforeEach
    void openMesh() {
        mesh =
                new Mesh(
                        LocalInfra.shared().bootstrapServers(),
                        Topics.LAYER_TASKS,
                        Topics.LAYER_WORKERS,
                        Map.of("share.record.lock.duration.ms", "1500"));
    }

    @AfterEach
    void closeMesh() {
        mesh.close();
    }

    private WorkerProcess worker(String name, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("SPARSEMESH_STORE", folder.resolve("store").toString());
        return WorkerProcess.start(name, LocalInfra.shared().bootstrapServers(), all, folder);
    }

    private static TaskWork calibrate(Path source, int samples) {
        Calibration calibration = Jobs.calibration(source, samples, 256);
        return new TaskWork.Calibrate(
                DEMO.resolve("valley-opt").toUri().toString(),
                calibration,
                0,
                1,
                0,
                3,
                List.of("mlp-input"),
                List.of(),
                List.of(),
                ExpertTokens.DEFAULT,
                false);
    }

    private static TaskWork solve() {
        return new TaskWork.Solve(
                DEMO.resolve("valley-opt").toUri().toString(),
                Jobs.method(MethodName.MAGNITUDE, "0.5", Propagation.SEQUENTIAL),
                1,
                "mlp-output",
                List.of(LAYER),
                List.of(),
                0,
                0);
    }

    private static TaskOutput output(TaskMessage message) {
        assertThat(message).isInstanceOf(TaskSucceeded.class);
        return ((TaskSucceeded) message).output();
    }

    @Test
    void longTaskIsStartedBeatsAndSucceeds() throws Exception {
        // Given
        // By plain loops the task takes seconds, whatever the compiler makes of them.
        Map<String, String> settings =
                Map.of("SPARSEMESH_DEVICE", "naive", "SPARSEMESH_HEARTBEAT", "500ms");
        try (WorkerProcess worker = worker("slow", settings)) {
            worker.awaitOk("/q/health/ready");

            // When
            mesh.send("calibrate", calibrate(DEMO.resolve("ids.safetensors"), 8));
            List<TaskMessage> results =
                    mesh.awaitResults(Duration.ofSeconds(300), found -> found.size() == 2);

            // Then
            assertThat(results.getFirst()).isInstanceOf(TaskStarted.class);
            assertThat(mesh.heartbeats()).isPositive();
            Calibrated done = (Calibrated) output(results.getLast());
            assertThat(done.tokens()).isEqualTo(8 * 256);
            DirectoryArtifactStore store = new DirectoryArtifactStore(folder.resolve("store"));
            assertThat(store.read(done.grams().get("mlp-input"))).isNotEmpty();
            assertThat(worker.awaitOk("/q/metrics"))
                    .containsPattern(
                            "sparsemesh_tasks_seconds_count\\{kind=\"calibrate\",outcome=\"succeeded\"\\} 1");
        }
    }

    @Test
    void recordOfAWorkerThatDiesBeforeAcceptingIsDoneByAnother() throws Exception {
        // Given
        try (WorkerProcess dying = worker("dying", Map.of("SPARSEMESH_HALT_AT", "before-accept"))) {
            mesh.send("solve", solve());
            assertThat(dying.awaitExit()).isEqualTo(137);
        }

        // When
        try (WorkerProcess _ = worker("next", Map.of())) {
            List<TaskMessage> results = mesh.awaitResults(found -> found.size() == 3);

            // Then
            assertThat(results)
                    .extracting(found -> found.lease().worker(), found -> found.lease().delivery())
                    .containsExactly(tuple("dying", 1), tuple("next", 2), tuple("next", 2));
            assertThat(((TaskOutput.Solved) output(results.getLast())).layers())
                    .singleElement()
                    .satisfies(layer -> assertThat(layer.name()).isEqualTo(LAYER));
        }
    }

    @Test
    void taskThatCannotBeDoneFailsAndTheNextIsTaken() throws Exception {
        try (WorkerProcess _ = worker("fails", Map.of())) {
            mesh.send("calibrate", calibrate(folder.resolve("missing.txt"), 16));
            mesh.send("solve", solve());

            List<TaskMessage> results = mesh.awaitResults(found -> found.size() == 4);

            assertThat(((TaskFailed) results.get(1)).failure())
                    .isEqualTo(
                            new Failure(
                                    Failure.Kind.INVALID_DATA,
                                    false,
                                    "[missing.txt] expected a file, found none"));
            assertThat(output(results.get(3))).isInstanceOf(TaskOutput.Solved.class);
        }
    }

    @Test
    void unknownDeviceIsRefusedWithTheReason() throws Exception {
        try (WorkerProcess worker = worker("warped", Map.of("SPARSEMESH_DEVICE", "warp"))) {
            assertThat(worker.awaitExit()).isEqualTo(1);
            assertThat(worker.log()).containsPattern("expected one of \\[.*cpu.*\\], found 'warp'");
        }
    }

    /// No GPU is visible to it, even where there is one.
    private WorkerProcess without(String name, String device) {
        return worker(name, Map.of("SPARSEMESH_DEVICE", device, "CUDA_VISIBLE_DEVICES", "-1"));
    }

    @Test
    void aGpuThatCannotBeUsedIsRefusedWithTheReason() throws Exception {
        try (WorkerProcess worker = without("blind", "cuda")) {
            assertThat(worker.awaitExit()).isEqualTo(1);
            assertThat(worker.log()).containsPattern("DeviceException: \\[open cuda\\] \\S+");
        }
    }

    @Test
    void autoTakesTheProcessorAndSaysWhyNotTheGpu() throws Exception {
        try (WorkerProcess worker = without("choosing", "auto")) {
            worker.awaitOk("/q/health/ready");

            assertThat(worker.log())
                    .containsPattern(
                            "asked for auto, took cpu: .*; not cuda: \\[open cuda\\] \\S+");
        }
    }
}
