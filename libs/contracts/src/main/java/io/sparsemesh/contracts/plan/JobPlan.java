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
/// @param read estimate by kind of task: bytes of tensors that its tasks load
/// @param written estimate by kind of task: bytes of artifacts and output
/// @param peakMemory estimate by kind of task: most bytes of matrices that one of its tasks holds
///     on its device at a time
/// @param outputBytes estimate of the output folder's tensors
/// @param storeBytes estimate of the most that artifacts take in the store at a time
public record JobPlan(
        List<PlannedTask> tasks,
        List<SelectedLinear> linears,
        List<SkippedLinear> skipped,
        int shards,
        Map<TaskKind, Long> read,
        Map<TaskKind, Long> written,
        Map<TaskKind, Long> peakMemory,
        long outputBytes,
        long storeBytes) {

    public JobPlan {
        tasks = List.copyOf(tasks);
        linears = List.copyOf(linears);
        skipped = List.copyOf(skipped);
        read = Collections.unmodifiableMap(new TreeMap<>(read));
        written = Collections.unmodifiableMap(new TreeMap<>(written));
        peakMemory = Collections.unmodifiableMap(new TreeMap<>(peakMemory));
    }

    /// Of all tasks.
    public long bytesRead() {
        return read.values().stream().mapToLong(Long::longValue).sum();
    }

    /// Of all tasks.
    public long bytesWritten() {
        return written.values().stream().mapToLong(Long::longValue).sum();
    }

    /// A linear to be pruned.
    ///
    /// @param target share of zeros or `n:m`
    public record SelectedLinear(
            String name, int block, String group, long rows, long cols, String target) {}

    /// A linear that stays dense.
    public record SkippedLinear(String name, String reason) {}
}
