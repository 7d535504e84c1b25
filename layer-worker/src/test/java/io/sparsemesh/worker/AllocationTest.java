package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Refit;
import io.sparsemesh.contracts.job.TargetOverride;
import io.sparsemesh.contracts.job.TextSource;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskOutput.LayerReport;
import io.sparsemesh.contracts.task.TaskOutput.SolvedCandidates;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.engine.corpus.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Allocated jobs of the demo model, task by task.
class AllocationTest {

    private static final Path DEMO = Path.of("../deploy/demo").toAbsolutePath().normalize();

    @TempDir Path folder;
    private Jobs.Place place;

    @BeforeEach
    void open() {
        place = Jobs.Place.open(2, folder.resolve("store"));
    }

    @AfterEach
    void close() {
        place.close();
    }

    static JobRequest measured(JobRequest request, Path ids) {
        TextSource source = new TextSource(ids.toUri().toString(), "test");
        Evaluation.Perplexity suite = new Evaluation.Perplexity("test", source, "gptq", 256);
        return new JobRequest(
                request.modelUri(),
                request.revision(),
                request.method(),
                request.calibration(),
                new Evaluation(false, List.of(suite), List.of()),
                request.output(),
                request.onFallback(),
                0,
                Map.of());
    }

    private PlanRunner runner(Method method) {
        Path ids = DEMO.resolve("ids.safetensors");
        JobRequest request =
                Jobs.request(
                        DEMO.resolve("valley-opt"),
                        method,
                        Jobs.calibration(ids, 8, 128),
                        folder.resolve("out"));
        return new PlanRunner(place.place(), "job", measured(request, ids));
    }

    private static Method method(MethodName name, Propagation propagation, Allocation how) {
        return Jobs.method(name, "0.7", propagation).withAllocation(how);
    }

    private static List<LayerReport> layers(PlanRunner runner, String candidate) {
        return runner.outputs.values().stream()
                .filter(SolvedCandidates.class::isInstance)
                .flatMap(o -> ((SolvedCandidates) o).candidates().get(candidate).layers().stream())
                .toList();
    }

    private static double mean(List<LayerReport> layers) {
        double zeros = layers.stream().mapToDouble(LayerReport::zeros).sum();
        return zeros / layers.stream().mapToDouble(l -> l.rows() * l.cols()).sum();
    }

    @ParameterizedTest
    @CsvSource({"SPARSEGPT, BUDGET", "SPARSEGPT, OWL", "WANDA, BUDGET", "WANDA, OWL"})
    void bothCandidatesHaveTheAskedSparsityAndOneOfThemSpreadIt(
            MethodName name, Allocation allocation) throws Exception {
        PlanRunner runner = runner(method(name, Propagation.DENSE, allocation));
        for (PlannedTask task : runner.plan().tasks()) {
            if (task.id().value().startsWith("evaluate") || task.id().value().equals("keep")) {
                break;
            }
            runner.run(task);
        }

        List<LayerReport> spread = layers(runner, allocation.text());
        assertThat(spread).hasSize(24);
        assertThat(mean(spread)).isCloseTo(0.7, within(0.005));
        assertThat(mean(layers(runner, "uniform"))).isCloseTo(0.7, within(0.005));
        assertThat(layers(runner, "uniform")).allMatch(l -> l.target().equals("0.7"));
        assertThat(spread.stream().map(LayerReport::target).distinct().count()).isGreaterThan(2);
        assertThat(spread)
                .allSatisfy(
                        l ->
                                assertThat(l.sparsity())
                                        .isCloseTo(Double.parseDouble(l.target()), within(0.01)));
        TaskOutput.Allocated allocated = runner.allocated();
        assertThat(allocated.blocks()).hasSize(4);
        if (allocation == Allocation.BUDGET) {
            assertThat(allocated.predictedErrors().get("budget"))
                    .isLessThan(allocated.predictedErrors().get("uniform"));
        }
    }

    /// The uniform candidate is bit for bit the checkpoint of a job that asks for no allocation.
    @ParameterizedTest
    @CsvSource({"DENSE", "SEQUENTIAL"})
    void theUniformCandidateIsAnOrdinaryJobs(Propagation propagation) throws Exception {
        PlanRunner allocated = runner(method(MethodName.SPARSEGPT, propagation, Allocation.BUDGET));
        allocated.prune();
        PlanRunner alone = runner(Jobs.method(MethodName.SPARSEGPT, "0.7", propagation));

        String sha256 = alone.prune().sha256();

        assertThat(assembled(allocated, "uniform").sha256()).isEqualTo(sha256);
        assertThat(assembled(allocated, "budget").sha256()).isNotEqualTo(sha256);
    }

    private static TaskOutput.Assembled assembled(PlanRunner runner, String candidate) {
        return (TaskOutput.Assembled) runner.outputs.get(new TaskId("assemble-" + candidate));
    }

    @Test
    void overridesKeepTheirTargetsAndRefitsAreProfiledWithoutOne() throws Exception {
        Refit target = new Refit(Refit.Mode.TARGET, 0.5, 2, 0, 1);
        PlanRunner runner =
                runner(
                        method(MethodName.SPARSEGPT, Propagation.SEQUENTIAL, Allocation.BUDGET)
                                .withRefit(target)
                                .withOverrides(List.of(new TargetOverride("fc1", 0.25, null))));

        runner.prune();

        List<LayerReport> first = layers(runner, "budget");
        assertThat(first).filteredOn(l -> l.name().endsWith("fc1")).hasSize(1);
        assertThat(first)
                .filteredOn(l -> l.name().endsWith("fc1"))
                .allMatch(l -> l.target().equals("0.25"));
        assertThat(first).allMatch(l -> l.refit() != null);
    }

    @Test
    void theKeptCheckpointIsAloneAndKeepingItAgainChangesNothing() throws Exception {
        PlanRunner runner =
                runner(method(MethodName.SPARSEGPT, Propagation.DENSE, Allocation.BUDGET));
        runner.prune();
        TaskWork.Keep keep = runner.keep("budget", "uniform");

        TaskOutput.Kept kept = (TaskOutput.Kept) runner.run(keep, "keep", 1);

        assertThat(kept.checkpoint().files()).isEqualTo(assembled(runner, "budget").files());
        assertThat(names()).containsExactly("out", "store");
        assertThat(runner.run(keep, "keep", 2)).isEqualTo(kept);
        Path weights = folder.resolve("out/model.safetensors");
        Files.write(weights, new byte[] {1});
        assertThatThrownBy(() -> runner.run(keep, "keep", 3))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("model.safetensors");
    }

    /// A worker died between the rename and the removal.
    @Test
    void halfDoneItIsFinished() throws Exception {
        PlanRunner runner =
                runner(method(MethodName.SPARSEGPT, Propagation.DENSE, Allocation.BUDGET));
        runner.prune();
        Files.move(runner.folder("uniform"), folder.resolve("out"));

        runner.run(runner.keep("uniform", "budget"), "keep", 2);

        assertThat(names()).containsExactly("out", "store");
    }

    @Test
    void whatSomeoneElseMadeIsLeftAlone() throws Exception {
        PlanRunner runner =
                runner(method(MethodName.SPARSEGPT, Propagation.DENSE, Allocation.BUDGET));
        runner.prune();
        TaskWork.Keep keep = runner.keep("budget", "uniform");
        Path other = runner.folder("uniform").resolve("diary.txt");
        Files.writeString(other, "dear diary");

        assertThatThrownBy(() -> runner.run(keep, "keep", 1))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("diary.txt");

        assertThat(other).exists();
    }

    private List<String> names() throws Exception {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(e -> e.getFileName().toString()).sorted().toList();
        }
    }
}
