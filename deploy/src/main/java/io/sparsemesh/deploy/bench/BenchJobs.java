package io.sparsemesh.deploy.bench;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.job.Calibration;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Output;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.TextSource;
import io.sparsemesh.contracts.message.JobSubmitted;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.model.InputGroup;
import io.sparsemesh.contracts.model.Linear;
import io.sparsemesh.contracts.plan.Planner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Jobs as a gateway would submit them.
final class BenchJobs {
    private static final int WIDTH = 768;
    private static final int BLOCKS = 12;
    private static final int POSITIONS = 2048;

    private static final int WIDTH_175B = 12_288;

    private BenchJobs() {}

    private static List<InputGroup> opt(long width) {
        return List.of(
                group(
                        "qkv",
                        width,
                        width,
                        "self_attn.q_proj",
                        "self_attn.k_proj",
                        "self_attn.v_proj"),
                group("out", width, width, "self_attn.out_proj"),
                group("fc1", width, 4 * width, "fc1"),
                group("fc2", 4 * width, width, "fc2"));
    }

    private static InputGroup group(String name, long inputs, long outputs, String... linears) {
        List<Linear> members = new ArrayList<>();
        for (String linear : linears) {
            members.add(new Linear("model.decoder.layers.{b}." + linear, inputs, outputs));
        }
        return new InputGroup(name, inputs, members);
    }

    /// OPT-125M with dense propagation, calibrated with the paper's 128 samples: 12 blocks, each of
    /// 16 calibrations and 4 solves, many of them ready at once.
    static JobSubmitted wide(String id) {
        return job(id, model(WIDTH, BLOCKS, opt(WIDTH)), 128, Propagation.DENSE);
    }

    /// A model whose tasks each wait for the one before: calibrate, solve, calibrate, solve, ...
    static JobSubmitted chain(String id, int blocks) {
        Architecture model = model(WIDTH, blocks, opt(WIDTH).subList(0, 1));
        return job(id, model, 1, Propagation.SEQUENTIAL);
    }

    /// Some blocks of OPT-175B, calibrated with the paper's 128 samples.
    static JobSubmitted opt175(String id, int blocks, Propagation propagation) {
        Architecture model = model(WIDTH_175B, blocks, opt(WIDTH_175B));
        return job(id, model, 128, propagation);
    }

    /// Tasks of a job.
    static int tasks(JobSubmitted job) {
        return Planner.plan(job.request(), job.architecture()).tasks().size();
    }

    private static Architecture model(int width, int blocks, List<InputGroup> groups) {
        return new Architecture(
                "opt",
                "opt",
                "F16",
                width,
                50_272,
                POSITIONS,
                blocks,
                groups,
                List.of("lm_head"),
                250_000_000);
    }

    private static JobSubmitted job(
            String id, Architecture model, int samples, Propagation propagation) {
        Method method =
                new Method(
                        MethodName.SPARSEGPT,
                        0.5,
                        null,
                        128,
                        0.01,
                        false,
                        propagation,
                        List.of("re:.*"),
                        List.of("lm_head"),
                        0,
                        model.blocks() - 1);
        TextSource text = new TextSource("file:///bench/calibration.txt", "input_ids");
        JobRequest request =
                new JobRequest(
                        "file:///bench/opt",
                        "main",
                        method,
                        new Calibration(text, samples, POSITIONS, 0),
                        new Evaluation(false, List.of(), List.of()),
                        new Output("file:///bench/" + id, "dense"),
                        FallbackPolicy.DEGRADE,
                        0,
                        Map.of());
        return new JobSubmitted(new JobId(id), JobSubmitted.DEFAULT_TENANT, request, model);
    }
}
