package io.sparsemesh.contracts.plan;

import io.sparsemesh.contracts.job.Calibration;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Output;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.TextSource;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.model.InputGroup;
import io.sparsemesh.contracts.model.Linear;
import java.util.List;
import java.util.Map;

/// Requests and models for tests of the planner.
final class Requests {

    private Requests() {}

    static Method method(
            MethodName name, Propagation propagation, String exclude, int first, int last) {
        return new Method(
                name,
                0.5,
                null,
                128,
                0.01,
                false,
                propagation,
                List.of("re:.*"),
                List.of("lm_head", exclude),
                first,
                last);
    }

    static JobRequest request(Method method, int samples, int length, boolean dense) {
        Calibration calibration =
                method.name().isCalibrated()
                        ? new Calibration(
                                new TextSource("file:///c.txt", "input_ids"), samples, length, 0)
                        : null;
        Evaluation evaluation =
                new Evaluation(
                        dense,
                        List.of(
                                new Evaluation.Perplexity(
                                        "wiki",
                                        new TextSource("file:///t.txt", "input_ids"),
                                        "gptq",
                                        64)),
                        List.of(new Evaluation.ZeroShot("piqa", "file:///p.jsonl")));
        return new JobRequest(
                "file:///m",
                "main",
                method,
                calibration,
                evaluation,
                new Output("file:///o", "dense"),
                FallbackPolicy.DEGRADE,
                0,
                Map.of());
    }

    /// With its perplexity measured after each block.
    static JobRequest perBlock(Method method) {
        JobRequest request = request(method, 8, 64, false);
        Evaluation whole = request.evaluation();
        return new JobRequest(
                request.modelUri(),
                request.revision(),
                method,
                request.calibration(),
                new Evaluation(false, whole.perplexity(), whole.tasks(), null, true),
                request.output(),
                request.onFallback(),
                0,
                Map.of());
    }

    static Architecture model(int blocks) {
        return new Architecture(
                "opt",
                "opt",
                "F16",
                64,
                500,
                2048,
                blocks,
                List.of(
                        new InputGroup(
                                "qkv",
                                64,
                                List.of(
                                        new Linear("layers.{b}.q_proj", 64, 64),
                                        new Linear("layers.{b}.k_proj", 64, 64),
                                        new Linear("layers.{b}.v_proj", 64, 64))),
                        new InputGroup(
                                "out", 64, List.of(new Linear("layers.{b}.out_proj", 64, 64))),
                        new InputGroup("fc1", 64, List.of(new Linear("layers.{b}.fc1", 64, 256))),
                        new InputGroup("fc2", 256, List.of(new Linear("layers.{b}.fc2", 256, 64)))),
                List.of("lm_head"),
                1_000_000);
    }
}
