package io.sparsemesh.gateway.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.plan.JobPlan;
import io.sparsemesh.contracts.task.TaskKind;
import io.sparsemesh.gateway.problem.Errors;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CapacityTest {

    private static final JobPlan PLAN =
            new JobPlan(
                    List.of(),
                    List.of(),
                    List.of(),
                    1,
                    Map.of(),
                    Map.of(),
                    Map.of(TaskKind.SOLVE, 100L, TaskKind.EVALUATE, 50L),
                    1000,
                    1);

    private static List<String> faults(long disk, Map<String, Long> memory) {
        Errors errors = new Errors();
        new Capacity(disk, memory).check(PLAN, errors);
        return errors.found().stream().map(e -> e.pointer() + ": " + e.detail()).toList();
    }

    @Test
    void whatJustFitsIsAccepted() {
        assertThat(faults(1000, Map.of("layer-worker", 100L, "evaluator", 50L))).isEmpty();
    }

    @Test
    void aFullDiskIsRefusedWithBothNumbers() {
        assertThat(faults(999, Map.of()))
                .containsExactly(
                        "/output/uri: expected 1000 bytes free on the disk of the output, found 999");
    }

    @Test
    void everyKindOfTaskThatNoLiveWorkerCanHoldIsRefused() {
        assertThat(faults(1000, Map.of("layer-worker", 99L, "evaluator", 49L)))
                .containsExactly(
                        "/model/uri: expected a live layer-worker with 100 bytes of memory for"
                                + " solve tasks, found at most 99",
                        "/model/uri: expected a live evaluator with 50 bytes of memory for"
                                + " evaluate tasks, found at most 49");
    }

    @Test
    void whereNobodyIsLiveNothingIsRefused() {
        assertThat(faults(1000, Map.of("evaluator", 50L))).isEmpty();
    }
}
