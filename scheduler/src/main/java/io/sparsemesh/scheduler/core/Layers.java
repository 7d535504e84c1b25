package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.event.LayersChanged.Layer;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.contracts.task.TaskOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// How the linears of a job look to a user: each as the solve task that prunes it, once for each
/// candidate.
final class Layers {

    /// Linears in one event, so that it fits into a message.
    private static final int CHUNK = 100;

    private Layers() {}

    /// The linears that look different after than before, in events of at most [#CHUNK].
    static List<List<Layer>> changes(Map<TaskId, Task> before, Map<TaskId, Task> after) {
        List<Layer> changed = new ArrayList<>();
        for (Task task : after.values()) {
            Task old = before.get(task.id());
            if (task != old && task.planned() instanceof PlannedTask.Solve solve) {
                List<Layer> layers = layers(solve, task);
                if (old == null || !layers.equals(layers(solve, old))) {
                    changed.addAll(layers);
                }
            }
        }
        List<List<Layer>> chunks = new ArrayList<>();
        for (int i = 0; i < changed.size(); i += CHUNK) {
            chunks.add(changed.subList(i, Math.min(i + CHUNK, changed.size())));
        }
        return chunks;
    }

    private static List<Layer> layers(PlannedTask.Solve solve, Task task) {
        return solve.candidates().stream()
                .flatMap(candidate -> layers(solve, candidate, task).stream())
                .toList();
    }

    private static List<Layer> layers(PlannedTask.Solve solve, String candidate, Task task) {
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < solve.linears().size(); i++) {
            layers.add(
                    new Layer(
                            Candidate.layer(candidate, solve.linears().get(i)),
                            solve.block(),
                            state(task.status()),
                            task.attempt(),
                            task.phase().worker(),
                            report(task, candidate, i)));
        }
        return layers;
    }

    private static String state(TaskStatus status) {
        return switch (status) {
            case BLOCKED, READY -> "PENDING";
            case QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED -> status.name();
        };
    }

    private static TaskOutput.LayerReport report(Task task, String candidate, int index) {
        return Outputs.solved(task, candidate)
                .map(solved -> solved.layers().get(index))
                .orElse(null);
    }
}
