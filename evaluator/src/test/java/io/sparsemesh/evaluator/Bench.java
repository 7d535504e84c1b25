package io.sparsemesh.evaluator;

import io.sparsemesh.artifacts.FileRoots;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.TextSource;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.engine.cache.ModelCache;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.taskqueue.TaskContext;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/// An evaluator without its process, on the CPU.
final class Bench implements AutoCloseable {

    private final Device device;
    private final ModelCache models;
    private final EvaluationTasks tasks;

    Bench(int threads, long blockMemory, List<Path> roots) {
        device = Devices.open("cpu", threads);
        models = new ModelCache(device, 2, blockMemory);
        tasks = new EvaluationTasks(new Workplace(models, new FileRoots(roots)));
    }

    static Bench open() {
        return new Bench(2, 256L << 20, List.of());
    }

    static TaskWork.Evaluate zeroShot(Path model, String suite, Path file, int slice, int slices) {
        return new TaskWork.Evaluate(
                "dense",
                model.toUri().toString(),
                List.of(),
                List.of(new Evaluation.ZeroShot(suite, file.toUri().toString())),
                slice,
                slices);
    }

    static TaskWork.Evaluate perplexity(
            Path model, Evaluation.Perplexity suite, int slice, int slices) {
        return new TaskWork.Evaluate(
                "dense", model.toUri().toString(), List.of(suite), List.of(), slice, slices);
    }

    static Evaluation.Perplexity suite(String name, Path file, int length) {
        return new Evaluation.Perplexity(
                name, new TextSource(file.toUri().toString(), "test"), "gptq", length);
    }

    Tally run(TaskWork work) {
        return run(work, () -> false);
    }

    /// @param abandoned asked whenever the task looks
    Tally run(TaskWork work, BooleanSupplier abandoned) {
        LayerTask task = new LayerTask(new JobId("j"), new TaskId("t"), 1, work);
        TaskOutput output = tasks.run(task, new Context(task.lease(1, "w"), abandoned));
        return ((TaskOutput.Evaluated) output).slice();
    }

    private record Context(Lease lease, BooleanSupplier asked) implements TaskContext {
        @Override
        public boolean abandoned() {
            return asked.getAsBoolean();
        }
    }

    @Override
    public void close() {
        models.close();
        device.close();
    }
}
