package io.sparsemesh.contracts.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Target;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.task.TaskKind;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Jobs that make a checkpoint for each of several targets.
class SweepPlanTest {

    private static final int BLOCKS = 3;
    private static final List<Target> TARGETS =
            List.of(new Target(0.5, null), new Target(0.625, null), new Target(null, "2:4"));

    private static Method sweep(MethodName name, Propagation propagation) {
        return Requests.method(name, propagation, "none", 0, BLOCKS - 1).withTargets(TARGETS);
    }

    private static JobRequest request(MethodName name, Propagation propagation) {
        return Requests.request(sweep(name, propagation), 8, 64, true);
    }

    private static JobPlan plan(MethodName name, Propagation propagation) {
        return Planner.plan(request(name, propagation), Requests.model(BLOCKS));
    }

    private static <T extends PlannedTask> List<T> all(JobPlan plan, Class<T> type) {
        return plan.tasks().stream().filter(type::isInstance).map(type::cast).toList();
    }

    private static PlannedTask task(JobPlan plan, String id) {
        return plan.tasks().stream()
                .filter(t -> t.id().value().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static long count(JobPlan plan, TaskKind kind) {
        return plan.tasks().stream().filter(t -> t.kind() == kind).count();
    }

    @Test
    void candidatesAreNamedByTheirTargets() {
        assertThat(sweep(MethodName.SPARSEGPT, Propagation.DENSE).candidates())
                .extracting(Candidate::name)
                .containsExactly("s50", "s62.5", "2of4");
        assertThat(new Target(0.0, null).fileName()).isEqualTo("s0");
        assertThat(new Target(0.29, null).fileName()).isEqualTo("s29");
    }

    @ParameterizedTest
    @CsvSource({
        "SPARSEGPT,SEQUENTIAL",
        "SPARSEGPT,TRUE_SEQUENTIAL",
        "SPARSEGPT,DENSE",
        "MAGNITUDE,DENSE",
        "WANDA,SEQUENTIAL"
    })
    void everyTaskFollowsThoseItDependsOn(MethodName name, Propagation propagation) {
        Set<TaskId> before = new HashSet<>();
        for (PlannedTask task : plan(name, propagation).tasks()) {
            assertThat(before).containsAll(task.dependsOn());
            assertThat(before.add(task.id())).as("unique %s", task.id()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"SPARSEGPT,DENSE", "MAGNITUDE,DENSE"})
    void withoutPropagationAllCalibrationAndFactorsAreShared(
            MethodName name, Propagation propagation) {
        JobPlan sweep = plan(name, propagation);

        assertThat(all(sweep, PlannedTask.Solve.class))
                .hasSize(4 * BLOCKS)
                .allMatch(s -> s.candidates().equals(List.of("s50", "s62.5", "2of4")));
        assertThat(count(sweep, TaskKind.CALIBRATE)).isEqualTo((long) sweep.shards() * BLOCKS);
    }

    @Test
    void trueSequentialPropagationSharesNothing() {
        JobPlan sweep = plan(MethodName.SPARSEGPT, Propagation.TRUE_SEQUENTIAL);

        assertThat(count(sweep, TaskKind.CALIBRATE)).isEqualTo(sweep.shards() * 3L * 4 * BLOCKS);
        assertThat(all(sweep, PlannedTask.Solve.class))
                .hasSize(3 * 4 * BLOCKS)
                .allMatch(solve -> solve.candidates().size() == 1);
    }

    @Test
    void sequentialPropagationSharesTheFirstBlockOnly() {
        JobPlan sweep = plan(MethodName.SPARSEGPT, Propagation.SEQUENTIAL);

        assertThat(count(sweep, TaskKind.CALIBRATE))
                .isEqualTo(sweep.shards() * (1L + 3 * (BLOCKS - 1)));
        assertThat(count(sweep, TaskKind.SOLVE)).isEqualTo(4 * (1 + 3 * (BLOCKS - 1)));
        PlannedTask.Calibrate second =
                (PlannedTask.Calibrate) task(sweep, "calibrate-2of4-b001-s02");
        assertThat(second.candidate()).isEqualTo("2of4");
        assertThat(second.dependsOn())
                .extracting(TaskId::value)
                .containsExactly(
                        "calibrate-b000-s02",
                        "solve-b000-qkv",
                        "solve-b000-out",
                        "solve-b000-fc1",
                        "solve-b000-fc2");
        assertThat(task(sweep, "calibrate-2of4-b002-s02").dependsOn())
                .extracting(TaskId::value)
                .contains("calibrate-2of4-b001-s02", "solve-2of4-b001-fc2")
                .noneMatch(id -> id.contains("s50"));
    }

    @Test
    void eachCandidateIsAssembledFromItsOwnSolvesAndReported() {
        JobPlan sweep = plan(MethodName.SPARSEGPT, Propagation.SEQUENTIAL);

        assertThat(task(sweep, "assemble-s62.5").dependsOn())
                .hasSize(4 * BLOCKS)
                .extracting(TaskId::value)
                .contains("solve-b000-qkv", "solve-s62.5-b002-fc2")
                .noneMatch(id -> id.contains("2of4"));
        assertThat(task(sweep, "report-s62.5").dependsOn())
                .extracting(TaskId::value)
                .contains("assemble-s62.5", "evaluate-dense-wiki-0", "evaluate-s62.5-wiki-3")
                .noneMatch(id -> id.contains("2of4"));
        assertThat(count(sweep, TaskKind.REPORT)).isEqualTo(3);
    }

    @Test
    void aCandidatesRequestIsTheOneForItsTargetAlone() {
        JobRequest request = request(MethodName.SPARSEGPT, Propagation.DENSE);

        JobRequest one = request.of(request.candidate("2of4"));

        assertThat(one.output().uri()).isEqualTo("file:///o/2of4");
        assertThat(one.method().pattern()).isEqualTo("2:4");
        assertThat(one.method().isSweep()).isFalse();
        assertThatThrownBy(() -> request.candidate("s70"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("found 's70'");
    }

    @Test
    void linearsNameAllTargets() {
        assertThat(plan(MethodName.SPARSEGPT, Propagation.DENSE).linears())
                .allMatch(linear -> linear.target().equals("0.5, 0.625, 2:4"));
    }

    @Test
    void aPlannedTaskWithoutCandidatesIsOfAJobWithOneCheckpoint() throws Exception {
        String stored =
                "{\"kind\":\"solve\",\"id\":\"s\",\"block\":0,\"group\":\"g\",\"linears\":[\"l\"],\"dependsOn\":[]}";

        PlannedTask read = MessageCodec.mapper().readValue(stored, PlannedTask.class);

        assertThat(read)
                .isEqualTo(new PlannedTask.Solve(new TaskId("s"), 0, "g", List.of("l"), List.of()));
    }
}
