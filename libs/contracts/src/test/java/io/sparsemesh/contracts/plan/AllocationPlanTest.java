package io.sparsemesh.contracts.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Sparsity;
import io.sparsemesh.contracts.job.TargetOverride;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.task.TaskKind;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Jobs that make an allocated checkpoint and a uniform one, and keep the better.
class AllocationPlanTest {

    private static final int BLOCKS = 3;

    private static Method method(Propagation propagation, Allocation allocation) {
        return Requests.method(MethodName.SPARSEGPT, propagation, "none", 0, BLOCKS - 1)
                .withAllocation(allocation);
    }

    private static JobPlan plan(Method method) {
        return Planner.plan(Requests.request(method, 8, 64, true), Requests.model(BLOCKS));
    }

    private static JobPlan plan(Propagation propagation) {
        return plan(method(propagation, Allocation.BUDGET));
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

    @ParameterizedTest
    @CsvSource({"SEQUENTIAL", "TRUE_SEQUENTIAL", "DENSE"})
    void everyTaskFollowsThoseItDependsOn(Propagation propagation) throws Exception {
        Set<TaskId> before = new HashSet<>();
        for (PlannedTask task : plan(propagation).tasks()) {
            assertThat(before).containsAll(task.dependsOn());
            assertThat(before.add(task.id())).as("unique %s", task.id()).isTrue();
            String json = MessageCodec.mapper().writeValueAsString(task);
            assertThat(MessageCodec.mapper().readValue(json, PlannedTask.class)).isEqualTo(task);
        }
    }

    @Test
    void withDensePropagationProfilesAndSolvesShareOneCalibration() {
        JobPlan plan = plan(Propagation.DENSE);

        assertThat(count(plan, TaskKind.CALIBRATE)).isEqualTo((long) plan.shards() * BLOCKS);
        assertThat(count(plan, TaskKind.PROFILE)).isEqualTo(4L * BLOCKS);
        assertThat(count(plan, TaskKind.SOLVE)).isEqualTo(4L * BLOCKS);
        PlannedTask.Solve solve = (PlannedTask.Solve) task(plan, "solve-b001-qkv");
        assertThat(solve.candidates()).containsExactly("budget", "uniform");
        assertThat(solve.dependsOn()).endsWith(new TaskId("allocate"));
        assertThat(solve.calibrates())
                .hasSize(plan.shards())
                .isEqualTo(task(plan, "profile-b001-qkv").dependsOn());
    }

    @Test
    void withSequentialPropagationTheFirstBlockServesTheProfilesToo() {
        JobPlan plan = plan(Propagation.SEQUENTIAL);

        assertThat(count(plan, TaskKind.CALIBRATE))
                .isEqualTo(plan.shards() * (1L + 3 * (BLOCKS - 1)));
        assertThat(task(plan, "solve-uniform-b002-qkv").dependsOn())
                .doesNotContain(new TaskId("allocate"));
        assertThat(task(plan, "calibrate-budget-b001-s00").dependsOn())
                .extracting(TaskId::value)
                .contains("calibrate-dense-b000-s00", "solve-b000-qkv");
    }

    @Test
    void outliersAreCountedBlockByBlock() {
        JobPlan plan = plan(method(Propagation.DENSE, Allocation.OWL));

        assertThat(count(plan, TaskKind.PROFILE)).isEqualTo(BLOCKS);
        assertThat(((PlannedTask.Profile) task(plan, "profile-b000")).parts()).hasSize(4);
    }

    @Test
    void theCandidatesAreComparedOnTheFirstSuiteAndOneIsReported() {
        JobPlan plan = plan(Propagation.DENSE);

        assertThat(task(plan, "keep").dependsOn())
                .extracting(TaskId::value)
                .contains(
                        "assemble-budget",
                        "evaluate-budget-wiki-3",
                        "assemble-uniform",
                        "evaluate-uniform-wiki-3");
        assertThat(count(plan, TaskKind.REPORT)).isEqualTo(1);
        assertThat(plan.tasks()).noneMatch(t -> t.id().value().equals("evaluate-pruned-wiki-0"));
        assertThat(task(plan, "report").dependsOn()).contains(new TaskId("keep"));
    }

    @Test
    void overridesStayOutOfIt() {
        Method method = method(Propagation.DENSE, Allocation.BUDGET);
        List<TargetOverride> fc = List.of(new TargetOverride("fc1", 0.25, null));
        List<TargetOverride> all = List.of(new TargetOverride("*", 0.25, null));

        assertThat(plan(method.withOverrides(fc)).tasks())
                .noneMatch(t -> t.id().value().startsWith("profile-b000-fc1"));
        assertThatThrownBy(() -> plan(method.withOverrides(all)))
                .isInstanceOf(PlanException.class)
                .hasMessageContaining("expected a linear without an override");
    }

    @Test
    void sharesAreOverridesThatUsersOwnPrecede() {
        Method method =
                method(Propagation.DENSE, Allocation.BUDGET)
                        .withOverrides(List.of(new TargetOverride("a.fc1", 0.25, null)))
                        .of(new Candidate("budget", new Sparsity.Unstructured(0.5)))
                        .withShares(Map.of("a.fc1", 0.75, "a.fc2", 0.625));

        LinearSelector selector = new LinearSelector(method);
        assertThat(selector.target("a.fc1").target()).isEqualTo(0.25);
        assertThat(selector.target("a.fc2").target()).isEqualTo(0.625);
        assertThat(selector.target("a.q").target()).isEqualTo(0.5);
        assertThat(method.isAllocated()).isFalse();
    }

    @Test
    void candidatesLieHiddenBesideTheOutput() {
        JobRequest request =
                Requests.request(method(Propagation.DENSE, Allocation.OWL), 8, 64, true);

        assertThat(request.of(request.candidate("owl")).output().uri()).isEqualTo("file:///.o.owl");
        assertThat(request.of(request.candidate("")).output().uri()).isEqualTo("file:///o");
        assertThat(request.method().checkpoints()).hasSize(1);
    }
}
