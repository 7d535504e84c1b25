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
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.sources.ModelSources;
import io.sparsemesh.sources.SourceSettings;
import io.sparsemesh.taskqueue.TaskContext;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/// An evaluator without its process, on the CPU.
public final class Bench implements AutoCloseable {

    private final Device device;
    private final ModelCache models;
    private final EvaluationTasks tasks;

    Bench(int threads, long blockMemory, List<Path> roots) {
        device = Devices.open("cpu", threads);
        models = new ModelCache(device, 2, blockMemory);
        tasks =
                new EvaluationTasks(
                        new Workplace(
                                models,
                                new FileRoots(roots),
                                new ModelSources(SourceSettings.none())));
    }

    public static Bench open() {
        return new Bench(2, 256L << 20, List.of());
    }

    static TaskWork.Evaluate zeroShot(Path model, String suite, Path file, int slice, int slices) {
        return zeroShot(
                model, new Evaluation.ZeroShot(suite, file.toUri().toString()), slice, slices);
    }

    static TaskWork.Evaluate zeroShot(
            Path model, Evaluation.ZeroShot suite, int slice, int slices) {
        return new TaskWork.Evaluate(
                "dense", model.toUri().toString(), List.of(), List.of(suite), slice, slices);
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

    /// Whole texts, in the field `body` of JSON lines.
    static Evaluation.Perplexity pages(String name, Path file, int length) {
        TextSource source = new TextSource(file.toUri().toString(), "", "body");
        return new Evaluation.Perplexity(name, source, "lm-eval", length);
    }

    public OpenModel model(Path folder) {
        return models.open(folder);
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
