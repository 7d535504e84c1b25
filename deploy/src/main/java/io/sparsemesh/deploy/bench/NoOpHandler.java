package io.sparsemesh.deploy.bench;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.taskqueue.TaskHandler;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Does no work: answers each task with an output of the right form, naming artifacts that nobody
/// reads, and notes when it did.
public final class NoOpHandler implements TaskHandler {
    private static final String SHA256 = "0".repeat(64);

    private final Queue<Run> runs = new ConcurrentLinkedQueue<>();

    /// A task that was done.
    ///
    /// @param nanos when, by [System#nanoTime]
    /// @param millis when, by [System#currentTimeMillis]
    public record Run(JobId job, TaskId task, int attempt, long nanos, long millis) {}

    public Queue<Run> runs() {
        return runs;
    }

    @Override
    public TaskOutput run(LayerTask task, TaskContext context) {
        TaskOutput output = output(task.work(), context.lease());
        runs.add(
                new Run(
                        task.job(),
                        task.task(),
                        task.attempt(),
                        System.nanoTime(),
                        System.currentTimeMillis()));
        return output;
    }

    /// An output of the right form.
    public static TaskOutput output(TaskWork work, Lease lease) {
        return switch (work) {
            case TaskWork.Calibrate calibrate -> calibrated(calibrate, lease);
            case TaskWork.Solve solve -> solved(solve, lease);
            case TaskWork.Assemble assemble ->
                    new TaskOutput.Assembled(
                            assemble.output().uri(),
                            SHA256,
                            0.5,
                            List.of(new FileDigest("model.safetensors", 1, SHA256)));
            case TaskWork.Report _ ->
                    new TaskOutput.Reported(new FileDigest("sparsemesh-report.json", 1, SHA256));
            case TaskWork.Evaluate _, TaskWork.Keep _ ->
                    throw new IllegalArgumentException("the benchmark's jobs measure nothing");
            case TaskWork.Profile _, TaskWork.Allocate _ ->
                    throw new IllegalArgumentException("the benchmark's jobs allocate nothing");
        };
    }

    private static TaskOutput calibrated(TaskWork.Calibrate work, Lease lease) {
        Map<String, ArtifactRef> grams = new TreeMap<>();
        work.groups().forEach(group -> grams.put(group, artifact(lease, "gram-" + group)));
        int length = work.calibration().sequenceLength();
        return new TaskOutput.Calibrated(artifact(lease, "hidden"), grams, 1, length, SHA256);
    }

    private static TaskOutput solved(TaskWork.Solve work, Lease lease) {
        return new TaskOutput.Solved(
                artifact(lease, "weights"),
                work.linears().stream().map(name -> layer(name, work.tokens())).toList());
    }

    private static TaskOutput.LayerReport layer(String name, long tokens) {
        return new TaskOutput.LayerReport(
                name, 768, 768, 0.5, 768 * 384, 0.02, 0.01, "F32", "", tokens, 0, "0.5");
    }

    private static ArtifactRef artifact(Lease lease, String name) {
        return new ArtifactRef(ArtifactKeys.output(lease, name + ".safetensors"), 1, SHA256);
    }
}
