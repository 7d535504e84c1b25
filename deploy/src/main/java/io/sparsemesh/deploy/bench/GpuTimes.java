package io.sparsemesh.deploy.bench;

import io.sparsemesh.contracts.task.TaskWork;
import java.util.HashMap;
import java.util.Map;

/// How long a GPU takes for the tasks of one block.
///
/// @param calibrate seconds of one shard, through the block before and through this one, with its
///     Gram matrices
/// @param solve seconds of factor and solve, by input group
record GpuTimes(double calibrate, Map<String, Double> solve) {

    /// Shards of [BenchJobs#opt175].
    static final int OPT_175B_SHARDS = 5;

    /// A block of OPT-175B on an H200, 128 x 2048 tokens, 50 %: docs/performance.md, "On a GPU".
    static final GpuTimes OPT_175B =
            new GpuTimes(
                    (1.82 + 2.62) / OPT_175B_SHARDS,
                    Map.of("qkv", 0.21, "out", 0.08, "fc1", 0.23, "fc2", 1.53));

    GpuTimes {
        solve = Map.copyOf(solve);
    }

    /// Those of a GPU that is `factor` times as fast.
    GpuTimes faster(double factor) {
        Map<String, Double> faster = new HashMap<>(solve);
        faster.replaceAll((_, seconds) -> seconds / factor);
        return new GpuTimes(calibrate / factor, faster);
    }

    /// Seconds that a task takes; what comes after the solves takes none.
    double of(TaskWork work) {
        return switch (work) {
            case TaskWork.Calibrate _ -> calibrate;
            case TaskWork.Solve one -> solve.get(one.group());
            default -> 0;
        };
    }

    double longestSolve() {
        return solve.values().stream().mapToDouble(s -> s).max().orElse(0);
    }

    double allSolves() {
        return solve.values().stream().mapToDouble(s -> s).sum();
    }
}
