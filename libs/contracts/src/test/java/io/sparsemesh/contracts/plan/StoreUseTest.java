package io.sparsemesh.contracts.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Refit;
import io.sparsemesh.contracts.job.Target;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.task.TaskKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What a plan says of the store, held to plans that are run in random orders by many workers, each
/// of which keeps a task for as long as it likes.
class StoreUseTest {

    private static final int RUNS = 300;

    private static Method method(Propagation propagation) {
        return Requests.method(MethodName.SPARSEGPT, propagation, "re:x^", 0, 4);
    }

    @ParameterizedTest
    @EnumSource(Propagation.class)
    void noOrderOfASinglesTasksTakesMore(Propagation propagation) {
        isHeld(method(propagation), tightness(propagation));
    }

    @ParameterizedTest
    @EnumSource(Propagation.class)
    void noOrderOfASweepsTasksTakesMore(Propagation propagation) {
        isHeld(
                method(propagation)
                        .withTargets(List.of(new Target(0.5, null), new Target(null, "2:4"))),
                0.8 * tightness(propagation));
    }

    @ParameterizedTest
    @CsvSource({"BUDGET, DENSE", "OWL, SEQUENTIAL", "BUDGET, TRUE_SEQUENTIAL"})
    void noOrderOfAnAllocationsTasksTakesMore(Allocation how, Propagation propagation) {
        isHeld(method(propagation).withAllocation(how), 0.7 * tightness(propagation));
    }

    @ParameterizedTest
    @EnumSource(Propagation.class)
    void noOrderOfARefitsTasksTakesMore(Propagation propagation) {
        isHeld(
                method(propagation).withRefit(new Refit(Refit.Mode.TARGET, 0.5, 2, 0, 1)),
                tightness(propagation));
    }

    /// Within a block of `trueSequential` the groups follow each other, which the estimate leaves
    /// out.
    private static double tightness(Propagation propagation) {
        return propagation == Propagation.TRUE_SEQUENTIAL ? 0.45 : 0.9;
    }

    /// @param share of the estimate that some order takes
    private static void isHeld(Method method, double share) {
        JobRequest request = Requests.request(method, 16, 64, false);
        Architecture model = Requests.model(5);
        JobPlan plan = Planner.plan(request, model);
        long most = 0;
        for (int seed = 0; seed < RUNS; seed++) {
            long taken = new Run(request, model, plan.tasks(), new Random(seed)).most();
            assertThat(taken).as("seed %d", seed).isLessThanOrEqualTo(plan.storeBytes());
            most = Math.max(most, taken);
        }
        System.out.printf("%s: %,d of %,d bytes in the store%n", method, most, plan.storeBytes());
        assertThat(most).isGreaterThan((long) (share * plan.storeBytes()));
    }

    /// One order of a plan's tasks.
    private static final class Run {
        private final Map<TaskId, Long> bytes = new HashMap<>();
        private final Map<TaskId, Set<TaskId>> readers = new HashMap<>();
        private final List<PlannedTask> waiting;
        private final List<PlannedTask> running = new ArrayList<>();
        private final Set<TaskId> done = new HashSet<>();
        private final Set<TaskId> stored = new HashSet<>();
        private final Random random;
        private final int workers;

        Run(JobRequest request, Architecture model, List<PlannedTask> tasks, Random random) {
            this.random = random;
            this.workers = 1 + random.nextInt(tasks.size());
            this.waiting = new ArrayList<>(tasks);
            for (PlannedTask task : tasks) {
                if (task.kind() == TaskKind.CALIBRATE || task.kind() == TaskKind.SOLVE) {
                    bytes.put(task.id(), Traffic.of(task, request, model, 0).written());
                }
                for (TaskId input : task.dependsOn()) {
                    readers.computeIfAbsent(input, _ -> new HashSet<>()).add(task.id());
                }
            }
        }

        long most() {
            long most = 0;
            while (!waiting.isEmpty() || !running.isEmpty()) {
                List<PlannedTask> ready =
                        waiting.stream().filter(t -> done.containsAll(t.dependsOn())).toList();
                if (!ready.isEmpty()
                        && running.size() < workers
                        && (running.isEmpty() || random.nextInt(4) > 0)) {
                    begin(ready.get(random.nextInt(ready.size())));
                } else {
                    end(running.remove(random.nextInt(running.size())));
                }
                most = Math.max(most, stored.stream().mapToLong(bytes::get).sum());
            }
            return most;
        }

        private void begin(PlannedTask task) {
            waiting.remove(task);
            running.add(task);
            if (bytes.containsKey(task.id())) {
                stored.add(task.id());
            }
        }

        /// As the scheduler removes what a task was the last to read.
        private void end(PlannedTask task) {
            done.add(task.id());
            for (TaskId input : task.dependsOn()) {
                if (input.value().startsWith("calibrate") && done.containsAll(readers.get(input))) {
                    stored.remove(input);
                }
            }
        }
    }
}
