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

    /// The groups of OPT-125M.
    private static final List<InputGroup> OPT =
            List.of(
                    group("qkv", WIDTH, "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
                    group("out", WIDTH, "self_attn.out_proj"),
                    group("fc1", WIDTH, "fc1"),
                    group("fc2", 4 * WIDTH, "fc2"));

    private BenchJobs() {}

    private static InputGroup group(String name, long inputs, String... linears) {
        List<Linear> members = new ArrayList<>();
        for (String linear : linears) {
            members.add(new Linear("model.decoder.layers.{b}." + linear, WIDTH, inputs));
        }
        return new InputGroup(name, inputs, members);
    }

    /// OPT-125M with dense propagation, calibrated with the paper's 128 samples: 12 blocks, each of
    /// 16 calibrations and 4 solves, many of them ready at once.
    static JobSubmitted wide(String id) {
        return job(id, BLOCKS, OPT, 128, Propagation.DENSE);
    }

    /// A model whose tasks each wait for the one before: calibrate, solve, calibrate, solve, ...
    static JobSubmitted chain(String id, int blocks) {
        return job(id, blocks, OPT.subList(0, 1), 1, Propagation.SEQUENTIAL);
    }

    /// Tasks of a job.
    static int tasks(JobSubmitted job) {
        return Planner.plan(job.request(), job.architecture()).tasks().size();
    }

    private static JobSubmitted job(
            String id, int blocks, List<InputGroup> groups, int samples, Propagation propagation) {
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
                        blocks - 1);
        TextSource text = new TextSource("file:///bench/calibration.txt", "input_ids");
        JobRequest request =
                new JobRequest(
                        "file:///bench/opt-125m",
                        "main",
                        method,
                        new Calibration(text, samples, POSITIONS, 0),
                        new Evaluation(false, List.of(), List.of()),
                        new Output("file:///bench/" + id, "dense"),
                        FallbackPolicy.DEGRADE,
                        0,
                        Map.of());
        Architecture model =
                new Architecture(
                        "opt",
                        "opt",
                        "F16",
                        WIDTH,
                        50_272,
                        POSITIONS,
                        blocks,
                        groups,
                        List.of("lm_head"),
                        250_000_000);
        return new JobSubmitted(new JobId(id), JobSubmitted.DEFAULT_TENANT, request, model);
    }
}
