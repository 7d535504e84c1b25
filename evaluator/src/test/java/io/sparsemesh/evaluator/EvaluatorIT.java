package io.sparsemesh.evaluator;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskMessage;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.embedded.LocalInfra;
import io.sparsemesh.taskqueue.Mesh;
import io.sparsemesh.taskqueue.WorkerProcess;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The packaged evaluator as a process, with a real broker.
@Timeout(180)
class EvaluatorIT {

    @TempDir Path folder;
    private Mesh mesh;

    @BeforeEach
    void openMesh() {
        mesh =
                new Mesh(
                        LocalInfra.shared().bootstrapServers(),
                        Topics.EVALUATION_TASKS,
                        Topics.EVALUATORS,
                        Map.of());
    }

    @AfterEach
    void closeMesh() {
        mesh.close();
    }

    private WorkerProcess evaluator(String name, Map<String, String> settings) {
        return WorkerProcess.start(name, LocalInfra.shared().bootstrapServers(), settings, folder);
    }

    private static TaskWork cloze(int slice) {
        return Bench.zeroShot(
                TestData.demoModel(), "cloze", TestData.demo("cloze.jsonl"), slice, 4);
    }

    private static TaskWork text(int slice) {
        return Bench.perplexity(
                TestData.demoModel(),
                Bench.suite("demo", TestData.demo("cloze.jsonl"), 100),
                slice,
                4);
    }

    @Test
    void slicesAreMeasuredAsAnywhereElse() throws Exception {
        // Given
        try (WorkerProcess evaluator = evaluator("measures", Map.of("SPARSEMESH_THREADS", "1"))) {
            evaluator.awaitOk("/q/health/ready");

            // When
            mesh.send("words", cloze(1));
            mesh.send("windows", text(3));
            List<TaskMessage> results = mesh.awaitResults(found -> found.size() == 4);

            // Then
            try (Bench bench = Bench.open()) {
                assertThat(tallies(results))
                        .containsExactly(bench.run(cloze(1)), bench.run(text(3)));
            }
            assertThat(results.get(0)).isInstanceOf(TaskStarted.class);
            assertThat(results.get(0).lease().worker()).isEqualTo("measures");
            assertThat(evaluator.awaitOk("/q/health/live")).contains("takes tasks");
            assertThat(evaluator.awaitOk("/q/metrics"))
                    .containsPattern(
                            "sparsemesh_tasks_seconds_count\\{kind=\"evaluate\",outcome=\"succeeded\"\\} 2");
            evaluator.stop();
            assertThat(evaluator.log()).contains("evaluator stopped");
        }
    }

    private static List<Tally> tallies(List<TaskMessage> results) {
        return results.stream()
                .filter(TaskSucceeded.class::isInstance)
                .map(found -> ((TaskOutput.Evaluated) ((TaskSucceeded) found).output()).slice())
                .toList();
    }

    @Test
    void taskThatCannotBeMeasuredFailsAndTheNextIsTaken() throws Exception {
        // Given
        Path missing = folder.resolve("missing.jsonl");
        try (WorkerProcess _ =
                evaluator("fails", Map.of("SPARSEMESH_ROOTS", TestData.demo("") + "," + folder))) {
            // When
            mesh.send("missing", Bench.zeroShot(TestData.demoModel(), "own", missing, 0, 4));
            mesh.send("model", Bench.zeroShot(folder, "own", missing, 0, 4));
            mesh.send("outside", Bench.zeroShot(Path.of("/"), "own", missing, 0, 4));
            mesh.send("good", cloze(0));
            List<TaskMessage> results = mesh.awaitResults(found -> found.size() == 8);

            // Then
            List<Failure> failures =
                    results.stream()
                            .filter(TaskFailed.class::isInstance)
                            .map(found -> ((TaskFailed) found).failure())
                            .toList();
            assertThat(failures)
                    .extracting(Failure::kind)
                    .containsExactly(
                            Failure.Kind.INVALID_DATA,
                            Failure.Kind.INVALID_MODEL,
                            Failure.Kind.INVALID_DATA);
            assertThat(failures).noneMatch(Failure::retryable);
            assertThat(failures.getFirst().message())
                    .isEqualTo("[missing.jsonl] expected a file, found none");
            assertThat(tallies(results)).extracting(Tally::items).containsExactly(125L);
        }
    }

    @Test
    void unknownDeviceIsRefusedWithTheReason() throws Exception {
        try (WorkerProcess evaluator = evaluator("warped", Map.of("SPARSEMESH_DEVICE", "warp"))) {
            assertThat(evaluator.awaitExit()).isEqualTo(1);
            assertThat(evaluator.log())
                    .containsPattern("expected one of \\[.*cpu.*\\], found 'warp'");
        }
    }
}
