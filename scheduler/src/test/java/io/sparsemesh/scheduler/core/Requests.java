package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.Calibration;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Output;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Target;
import io.sparsemesh.contracts.job.TextSource;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.model.InputGroup;
import io.sparsemesh.contracts.model.Linear;
import java.util.List;
import java.util.Map;

/// Small requests and models: two blocks, two groups, two shards.
public final class Requests {

    private Requests() {}

    public static JobRequest sparseGpt(Propagation propagation, boolean dense) {
        return request(MethodName.SPARSEGPT, propagation, dense, FallbackPolicy.DEGRADE, 0);
    }

    public static JobRequest request(
            MethodName name,
            Propagation propagation,
            boolean dense,
            FallbackPolicy onFallback,
            int priority) {
        Method method =
                new Method(
                        name,
                        0.5,
                        null,
                        128,
                        0.01,
                        false,
                        propagation,
                        List.of("re:.*"),
                        List.of("lm_head"),
                        0,
                        1);
        TextSource ids = new TextSource("file:///ids.safetensors", "input_ids");
        Calibration calibration = name.isCalibrated() ? new Calibration(ids, 2, 16, 0) : null;
        Evaluation evaluation =
                new Evaluation(
                        dense,
                        List.of(new Evaluation.Perplexity("wiki", ids, "gptq", 16)),
                        List.of());
        return new JobRequest(
                "file:///model",
                "main",
                method,
                calibration,
                evaluation,
                new Output("file:///out", "dense"),
                onFallback,
                priority,
                Map.of());
    }

    /// Measured after each block too.
    public static JobRequest perBlock() {
        JobRequest request = sparseGpt(Propagation.SEQUENTIAL, false);
        return new JobRequest(
                request.modelUri(),
                request.revision(),
                request.method(),
                request.calibration(),
                new Evaluation(false, request.evaluation().perplexity(), List.of(), null, true),
                request.output(),
                request.onFallback(),
                0,
                Map.of());
    }

    /// The request with a limit of the pruned model's perplexity, and what it is compared with.
    public static JobRequest limited(JobRequest request, double ratio) {
        return new JobRequest(
                request.modelUri(),
                request.revision(),
                request.method(),
                request.calibration(),
                new Evaluation(true, request.evaluation().perplexity(), List.of(), ratio, false),
                request.output(),
                request.onFallback(),
                request.priority(),
                request.labels());
    }

    /// The request with two targets in place of its one, and folders whose names are as long as
    /// before.
    public static JobRequest sweep(JobRequest request) {
        Method method = request.method();
        return new JobRequest(
                request.modelUri(),
                request.revision(),
                method.withTargets(List.of(new Target(0.5, null), new Target(0.6, null))),
                request.calibration(),
                request.evaluation(),
                new Output("file:/o", "dense"),
                request.onFallback(),
                request.priority(),
                request.labels());
    }

    /// The request with the groups of a block one after the other, if its method is calibrated.
    public static JobRequest trueSequential(JobRequest request) {
        if (!request.method().name().isCalibrated()) {
            return request;
        }
        return new JobRequest(
                request.modelUri(),
                request.revision(),
                request(
                                request.method().name(),
                                Propagation.TRUE_SEQUENTIAL,
                                false,
                                request.onFallback(),
                                0)
                        .method(),
                request.calibration(),
                request.evaluation(),
                request.output(),
                request.onFallback(),
                request.priority(),
                request.labels());
    }

    /// The request with a budget, if its method is calibrated; its model's name is longer than
    /// those of the folders as ever, so that [FakeWork]'s evaluations keep to their limits.
    public static JobRequest budget(JobRequest request) {
        if (!request.method().name().isCalibrated()) {
            return request;
        }
        return new JobRequest(
                "file:///model-so-long",
                request.revision(),
                request.method().withAllocation(Allocation.BUDGET),
                request.calibration(),
                request.evaluation(),
                request.output(),
                request.onFallback(),
                request.priority(),
                request.labels());
    }

    /// A model of `blocks` blocks with one group, to be pruned with one shard: each task waits for
    /// the one before.
    public static Architecture chain(int blocks) {
        InputGroup group = new InputGroup("fc", 64, List.of(new Linear("layers.{b}.fc", 64, 256)));
        return new Architecture(
                "opt", "opt", "F16", 64, 500, 2048, blocks, List.of(group), List.of(), 1_000_000);
    }

    /// Prunes all of a [#chain] and measures nothing.
    public static JobRequest chained(int blocks) {
        JobRequest request = sparseGpt(Propagation.SEQUENTIAL, false);
        Method method = request.method();
        return new JobRequest(
                request.modelUri(),
                request.revision(),
                new Method(
                        method.name(),
                        method.sparsity(),
                        method.pattern(),
                        method.blockSize(),
                        method.damping(),
                        method.exactCount(),
                        method.propagation(),
                        method.include(),
                        method.exclude(),
                        0,
                        blocks - 1),
                new Calibration(request.calibration().source(), 1, 16, 0),
                new Evaluation(false, List.of(), List.of()),
                request.output(),
                request.onFallback(),
                0,
                Map.of());
    }

    public static Architecture model() {
        return new Architecture(
                "opt",
                "opt",
                "F16",
                64,
                500,
                2048,
                2,
                List.of(
                        new InputGroup(
                                "qk",
                                64,
                                List.of(
                                        new Linear("layers.{b}.q_proj", 64, 64),
                                        new Linear("layers.{b}.k_proj", 64, 64))),
                        new InputGroup("fc", 64, List.of(new Linear("layers.{b}.fc", 64, 256)))),
                List.of("lm_head"),
                1_000_000);
    }
}
