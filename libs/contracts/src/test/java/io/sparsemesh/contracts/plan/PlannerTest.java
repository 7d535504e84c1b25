package io.sparsemesh.contracts.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Output;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Quantization;
import io.sparsemesh.contracts.job.TargetOverride;
import io.sparsemesh.contracts.task.TaskKind;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlannerTest {

    private static final int BLOCKS = 3;

    private static JobPlan plan(
            MethodName name, Propagation propagation, String exclude, int first, int last) {
        JobRequest request =
                Requests.request(
                        Requests.method(name, propagation, exclude, first, last), 8, 64, true);
        return Planner.plan(request, Requests.model(BLOCKS));
    }

    private static PlannedTask task(JobPlan plan, String id) {
        return plan.tasks().stream()
                .filter(t -> t.id().value().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"SPARSEGPT,SEQUENTIAL", "SPARSEGPT,DENSE", "MAGNITUDE,SEQUENTIAL", "WANDA,DENSE"})
    void everyTaskFollowsThoseItDependsOn(MethodName name, Propagation propagation) {
        JobPlan plan = plan(name, propagation, "none", 0, 2);

        Set<TaskId> before = new HashSet<>();
        for (PlannedTask task : plan.tasks()) {
            assertThat(before).containsAll(task.dependsOn());
            assertThat(before.add(task.id())).as("unique %s", task.id()).isTrue();
        }
    }

    @Test
    void sequentialCalibrationWaitsForThePrunedBlockBeforeIt() {
        JobPlan plan = plan(MethodName.SPARSEGPT, Propagation.SEQUENTIAL, "none", 0, 2);

        assertThat(task(plan, "calibrate-b001-s02").dependsOn())
                .extracting(TaskId::value)
                .containsExactly(
                        "calibrate-b000-s02",
                        "solve-b000-qkv",
                        "solve-b000-out",
                        "solve-b000-fc1",
                        "solve-b000-fc2");
    }

    @Test
    void trueSequentialTakesAGroupsStatisticsAfterTheGroupsBeforeIt() {
        JobPlan plan = plan(MethodName.SPARSEGPT, Propagation.TRUE_SEQUENTIAL, "none", 0, 2);

        PlannedTask.Calibrate step = (PlannedTask.Calibrate) task(plan, "calibrate-b001-s02-fc1");
        assertThat(step.groups()).containsExactly("fc1");
        assertThat(step.from()).isEqualTo(step.block()).isEqualTo(1);
        assertThat(step.dependsOn())
                .extracting(TaskId::value)
                .containsExactly("calibrate-b001-s02", "solve-b001-qkv", "solve-b001-out");
        assertThat(task(plan, "solve-b001-fc1").dependsOn())
                .extracting(TaskId::value)
                .contains("calibrate-b001-s02-fc1")
                .doesNotContain("calibrate-b001-s02");
        assertThat(((PlannedTask.Calibrate) task(plan, "calibrate-b001-s02")).groups())
                .containsExactly("qkv");
        assertThat(task(plan, "calibrate-b002-s02").dependsOn())
                .extracting(TaskId::value)
                .contains("calibrate-b001-s02", "solve-b001-fc2");
    }

    @Test
    void denseCalibrationWaitsForNoSolve() {
        JobPlan plan = plan(MethodName.SPARSEGPT, Propagation.DENSE, "none", 0, 2);

        assertThat(task(plan, "calibrate-b001-s02").dependsOn())
                .containsExactly(new TaskId("calibrate-b000-s02"));
    }

    @Test
    void blocksWithoutASelectedLinearAreOnlyPassed() {
        JobPlan plan =
                plan(MethodName.SPARSEGPT, Propagation.SEQUENTIAL, "re:layers[.]1[.].*", 0, 2);

        PlannedTask.Calibrate last = (PlannedTask.Calibrate) task(plan, "calibrate-b002-s00");
        assertThat(last.from()).isZero();
        assertThat(last.previous()).containsExactly(new TaskId("calibrate-b000-s00"));
        assertThat(plan.tasks()).noneMatch(t -> t.id().value().contains("b001"));
    }

    @Test
    void theFirstPrunedBlockStartsFromTokenIds() {
        JobPlan plan = plan(MethodName.SPARSEGPT, Propagation.SEQUENTIAL, "none", 1, 1);

        PlannedTask.Calibrate first = (PlannedTask.Calibrate) task(plan, "calibrate-b001-s00");
        assertThat(first.from()).isZero();
        assertThat(first.dependsOn()).isEmpty();
        assertThat(plan.linears()).hasSize(6).allMatch(l -> l.block() == 1);
        assertThat(plan.skipped()).hasSize(2 * 6 + 1);
    }

    @Test
    void magnitudeNeedsNoCalibration() {
        JobPlan plan = plan(MethodName.MAGNITUDE, Propagation.SEQUENTIAL, "none", 0, 2);

        assertThat(plan.shards()).isZero();
        assertThat(plan.tasks()).noneMatch(t -> t.kind() == TaskKind.CALIBRATE);
        assertThat(task(plan, "solve-b002-fc1").dependsOn()).isEmpty();
        assertThat(plan.peakMemory()).doesNotContainKey(TaskKind.CALIBRATE);
    }

    @Test
    void theReportWaitsForEverythingMeasured() {
        JobPlan plan = plan(MethodName.MAGNITUDE, Propagation.SEQUENTIAL, "none", 0, 2);

        List<TaskId> measured = task(plan, "report").dependsOn();
        assertThat(measured).hasSize(1 + 2 * 2 * CheckpointPlan.SLICES);
        assertThat(task(plan, "evaluate-dense-wiki-0").dependsOn()).isEmpty();
        assertThat(task(plan, "evaluate-pruned-piqa-3").dependsOn())
                .containsExactly(new TaskId("assemble"));
    }

    @Test
    void everyPrunedBlockIsMeasuredOnRequest() {
        JobRequest request =
                Requests.perBlock(
                        Requests.method(
                                MethodName.MAGNITUDE, Propagation.SEQUENTIAL, "none", 1, 2));

        JobPlan plan = Planner.plan(request, Requests.model(4));

        PlannedTask.Evaluate second = (PlannedTask.Evaluate) task(plan, "evaluate-b002-wiki-0");
        assertThat(second.variant()).isEqualTo("pruned-b002");
        assertThat(second.throughBlock()).isEqualTo(2);
        assertThat(second.slices()).isEqualTo(1);
        assertThat(second.dependsOn()).containsExactly(new TaskId("assemble"));
        assertThat(plan.tasks())
                .filteredOn(t -> t.id().value().startsWith("evaluate-b"))
                .extracting(t -> t.id().value())
                .containsExactly("evaluate-b001-wiki-0", "evaluate-b002-wiki-0");
        assertThat(task(plan, "report").dependsOn()).contains(second.id());
    }

    @Test
    void selectingNothingIsRefusedWithAnExample() {
        assertThatThrownBy(
                        () -> plan(MethodName.SPARSEGPT, Propagation.SEQUENTIAL, "layers.*", 0, 2))
                .isInstanceOf(PlanException.class)
                .hasMessageContaining("no linear layer of the model is selected")
                .hasMessageContaining("layers.0.q_proj");
    }

    @ParameterizedTest
    @CsvSource({"1,2048,1", "3,64,3", "8,64,4", "128,2048,16", "32,256,4", "1000,2048,125"})
    void shardsDependOnTheJobAlone(int samples, int length, int expected) {
        JobRequest request =
                Requests.request(
                        Requests.method(MethodName.SPARSEGPT, Propagation.SEQUENTIAL, "none", 0, 0),
                        samples,
                        length,
                        false);

        assertThat(Planner.shards(request.calibration(), Requests.model(2))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "q_proj,a.b.q_proj,true",
        "q_proj,a.b.xq_proj,false",
        "*.q_proj,a.b.q_proj,true",
        "b.?_proj,a.b.q_proj,true",
        "re:.*q_proj,a.b.q_proj,true",
        "re:q_proj,a.b.q_proj,false",
        "a+b,a+b,true",
        "a+b,aab,false"
    })
    void patternsMatchWholeNamesOrTheirEndAfterADot(String pattern, String name, boolean matches) {
        assertThat(NamePattern.compile(pattern).matches(name, new MatchBudget()))
                .isEqualTo(matches);
    }

    private static JobPlan planWith(
            Quantization quantization, String format, TargetOverride... overrides) {
        Method method =
                Requests.method(MethodName.SPARSEGPT, Propagation.SEQUENTIAL, "none", 0, 1)
                        .withQuantization(quantization)
                        .withOverrides(List.of(overrides));
        JobRequest request = Requests.request(method, 8, 64, false);
        return Planner.plan(
                new JobRequest(
                        request.modelUri(),
                        request.revision(),
                        method,
                        request.calibration(),
                        request.evaluation(),
                        new Output("file:///o", format),
                        request.onFallback(),
                        0,
                        Map.of()),
                Requests.model(BLOCKS));
    }

    @Test
    void firstOverrideThatMatchesDecidesTheTarget() {
        JobPlan plan =
                planWith(
                        null,
                        "dense",
                        new TargetOverride("layers.0.fc?", 0.25, null),
                        new TargetOverride("re:.*[.]fc2", null, "2:4"));

        assertThat(plan.linears())
                .extracting(l -> l.name() + " " + l.target())
                .contains(
                        "layers.0.fc1 0.25",
                        "layers.0.fc2 0.25",
                        "layers.1.fc1 0.5",
                        "layers.1.fc2 2:4",
                        "layers.1.q_proj 0.5");
    }

    @ParameterizedTest
    @CsvSource({"layers.2.fc2", "nothing", "lm_head"})
    void overrideOfWhatIsNotPrunedIsRefused(String names) {
        assertThatThrownBy(() -> planWith(null, "dense", new TargetOverride(names, 0.1, null)))
                .isInstanceOf(PlanException.class)
                .hasMessageContaining("'%s' decides no linear".formatted(names))
                .extracting("pointer")
                .isEqualTo("/method/overrides/" + names);
    }

    @Test
    void overrideInTheShadowOfAnotherIsRefused() {
        assertThatThrownBy(
                        () ->
                                planWith(
                                        null,
                                        "dense",
                                        new TargetOverride("*", 0.1, null),
                                        new TargetOverride("fc1", 0.2, null)))
                .isInstanceOf(PlanException.class)
                .hasMessageContaining("'fc1' decides no linear");
    }

    @ParameterizedTest
    @CsvSource({"pack-quantized, 128", "pack-quantized, 48"})
    void packedGroupsThatAreNotWholeAreRefused(String format, int groupSize) {
        assertThatThrownBy(() -> planWith(new Quantization(4, true, groupSize), format))
                .isInstanceOf(PlanException.class)
                .hasMessageContaining("a divisor of the 64 inputs of layers.0.q_proj");
    }

    @ParameterizedTest
    @CsvSource({"pack-quantized, 0", "pack-quantized, 32", "dense, 128", "sparse-bitmask, 128"})
    void groupsThatFitTheFormatArePlanned(String format, int groupSize) {
        JobPlan plan = planWith(new Quantization(4, true, groupSize), format);

        assertThat(plan.linears()).hasSize(12);
    }
}
