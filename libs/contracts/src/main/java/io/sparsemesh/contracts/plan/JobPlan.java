package io.sparsemesh.contracts.plan;

import io.sparsemesh.contracts.task.TaskKind;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// All that a job will do, fixed before it starts and independent of the number of workers.
///
/// @param tasks in an order in which every task follows those that it depends on
/// @param linears linears to be pruned, in block and group order
/// @param skipped the other linears of the model, with the reason
/// @param shards calibration shards
/// @param bytesRead estimate of checkpoint and artifact bytes read by all tasks
/// @param bytesWritten estimate of artifact and output bytes written
/// @param peakMemory estimate by kind of task, bytes of one worker process beyond its runtime
public record JobPlan(
        List<PlannedTask> tasks,
        List<SelectedLinear> linears,
        List<SkippedLinear> skipped,
        int shards,
        long bytesRead,
        long bytesWritten,
        Map<TaskKind, Long> peakMemory) {

    public JobPlan {
        tasks = List.copyOf(tasks);
        linears = List.copyOf(linears);
        skipped = List.copyOf(skipped);
        peakMemory = Collections.unmodifiableMap(new TreeMap<>(peakMemory));
    }

    /// A linear to be pruned.
    ///
    /// @param target share of zeros or `n:m`
    public record SelectedLinear(
            String name, int block, String group, long rows, long cols, String target) {}

    /// A linear that stays dense.
    public record SkippedLinear(String name, String reason) {}
}
