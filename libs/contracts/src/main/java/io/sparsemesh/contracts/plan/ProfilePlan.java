package io.sparsemesh.contracts.plan;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// What an allocation is made from: the dense model goes through all blocks once, every block that
/// has something to prune is profiled, and the sparsity is spread by what was found.
final class ProfilePlan {

    static final TaskId ALLOCATE = new TaskId("allocate");

    private final Method method;
    private final LinearSelector selector;
    private final int shards;
    private final List<PlannedTask> tasks = new ArrayList<>();
    private final Map<Integer, List<TaskId>> calibrates = new HashMap<>();

    /// @param blocks what is to be solved, block by block
    ProfilePlan(
            Method method,
            LinearSelector selector,
            int shards,
            List<List<PlannedTask.Solve>> blocks) {
        this.method = method;
        this.selector = selector;
        this.shards = shards;
        plan(blocks);
    }

    List<PlannedTask> tasks() {
        return tasks;
    }

    /// The tasks that gathered the dense model's statistics of the block, in shard order.
    List<TaskId> calibrates(int block) {
        return calibrates.get(block);
    }

    private void plan(List<List<PlannedTask.Solve>> blocks) {
        List<TaskId> profiles = new ArrayList<>();
        int previous = -1;
        for (List<PlannedTask.Solve> wanted : blocks) {
            int block = wanted.getFirst().block();
            planShards(block, previous, wanted);
            profiles.addAll(planProfiles(block, wanted));
            previous = block;
        }
        tasks.add(new PlannedTask.Allocate(ALLOCATE, profiles));
    }

    private void planShards(int block, int previous, List<PlannedTask.Solve> wanted) {
        List<TaskId> ids = new ArrayList<>();
        for (int s = 0; s < shards; s++) {
            TaskId id = new TaskId("calibrate-%sb%03d-s%02d".formatted(tag(), block, s));
            tasks.add(
                    new PlannedTask.Calibrate(
                            id,
                            block,
                            Math.max(previous, 0),
                            s,
                            shards,
                            wanted.stream().map(PlannedTask.Solve::group).toList(),
                            previous < 0 ? List.of() : List.of(calibrates.get(previous).get(s)),
                            List.of(),
                            "",
                            true));
            ids.add(id);
        }
        calibrates.put(block, ids);
    }

    /// Those that serve the solve tasks too are called as ever.
    private String tag() {
        return method.propagation().isSequential() ? "dense-" : "";
    }

    /// Outliers are counted against the mean of the whole block; ladders take long, each group's
    /// for itself.
    private List<TaskId> planProfiles(int block, List<PlannedTask.Solve> wanted) {
        List<PlannedTask.Part> open = wanted.stream().flatMap(this::open).toList();
        if (open.isEmpty()) {
            return List.of();
        }
        if (method.allocation() == Allocation.OWL) {
            return List.of(planProfile("profile-b%03d".formatted(block), block, open));
        }
        return open.stream()
                .map(
                        part ->
                                planProfile(
                                        "profile-b%03d-%s".formatted(block, part.group()),
                                        block,
                                        List.of(part)))
                .toList();
    }

    private TaskId planProfile(String name, int block, List<PlannedTask.Part> parts) {
        TaskId id = new TaskId(name);
        tasks.add(new PlannedTask.Profile(id, block, parts, calibrates.get(block)));
        return id;
    }

    /// The linears that no override decides.
    private Stream<PlannedTask.Part> open(PlannedTask.Solve solve) {
        List<String> linears =
                solve.linears().stream().filter(name -> selector.override(name).isEmpty()).toList();
        return linears.isEmpty()
                ? Stream.empty()
                : Stream.of(new PlannedTask.Part(solve.group(), linears));
    }
}
