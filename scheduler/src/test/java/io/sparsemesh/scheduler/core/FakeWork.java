package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.task.AssembleManifest;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.ReportManifest;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskWork;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a worker would make of a task, without the arithmetic: digests are functions of the
/// digests of the inputs, in their order, so that another order or another input shows in the
/// digest of the checkpoint.
public final class FakeWork {

    private FakeWork() {}

    /// @param fallback name of a linear that needs a fallback, empty for none
    public static TaskOutput done(TaskWork work, Lease lease, String fallback) {
        return switch (work) {
            case TaskWork.Calibrate calibrate -> calibrate(calibrate, lease);
            case TaskWork.Solve solve -> solve(solve, lease, fallback);
            case TaskWork.Evaluate evaluate -> evaluate(evaluate);
            case TaskWork.Assemble _, TaskWork.Report _ ->
                    throw new IllegalArgumentException("needs a manifest: " + work);
        };
    }

    public static TaskOutput.Assembled assembled(AssembleManifest manifest) {
        List<String> weights = manifest.weights().stream().map(ArtifactRef::sha256).toList();
        String sha256 = hash(List.of(weights, manifest.layers()));
        return new TaskOutput.Assembled(
                manifest.request().output().uri(),
                sha256,
                0.5,
                List.of(new FileDigest("model.safetensors", 1, sha256)));
    }

    public static TaskOutput.Reported reported(ReportManifest manifest) {
        String sha256 = hash(List.of(manifest.calibrationIds(), manifest.evaluations()));
        return new TaskOutput.Reported(new FileDigest("sparsemesh-report.json", 1, sha256));
    }

    private static TaskOutput calibrate(TaskWork.Calibrate work, Lease lease) {
        String inputs = hash(List.of(work.shard(), shas(work.hidden()), shas(work.overrides())));
        Map<String, ArtifactRef> grams = new TreeMap<>();
        for (String group : work.groups()) {
            grams.put(group, artifact(lease, group, inputs + group));
        }
        return new TaskOutput.Calibrated(
                artifact(lease, "hidden", inputs), grams, 1, 16, "ids" + work.shard());
    }

    private static TaskOutput solve(TaskWork.Solve work, Lease lease, String fallback) {
        if (!work.method().isSweep()) {
            return solve(work, work.method().candidates().getFirst(), lease, fallback);
        }
        Map<String, TaskOutput.Solved> solved = new TreeMap<>();
        for (Candidate candidate : work.method().candidates()) {
            solved.put(candidate.name(), solve(work, candidate, lease, fallback));
        }
        return new TaskOutput.SolvedCandidates(solved);
    }

    private static TaskOutput.Solved solve(
            TaskWork.Solve work, Candidate candidate, Lease lease, String fallback) {
        String file = candidate.name().isEmpty() ? "weights" : "weights-" + candidate.name();
        String content = work.group() + candidate.target() + shas(work.grams());
        return new TaskOutput.Solved(
                artifact(lease, file, content),
                work.linears().stream()
                        .map(
                                name ->
                                        new TaskOutput.LayerReport(
                                                name,
                                                64,
                                                64,
                                                0.5,
                                                2048,
                                                0.1,
                                                0.01,
                                                "F32",
                                                name.equals(fallback) ? "damping x10" : "",
                                                work.tokens(),
                                                7,
                                                "0.5"))
                        .toList());
    }

    private static TaskOutput evaluate(TaskWork.Evaluate work) {
        double loss = work.modelUri().length() + 0.1 * work.slice();
        return new TaskOutput.Evaluated(new Tally(Tally.Kind.PERPLEXITY, 2, -loss, 32, 0, 0));
    }

    private static ArtifactRef artifact(Lease lease, String name, String content) {
        return new ArtifactRef(ArtifactKeys.output(lease, name), 1, hash(List.of(content)));
    }

    private static List<String> shas(List<ArtifactRef> refs) {
        return refs.stream().map(ArtifactRef::sha256).toList();
    }

    private static String hash(List<?> inputs) {
        long hash = 1125899906842597L;
        for (char c : inputs.toString().toCharArray()) {
            hash = 31 * hash + c;
        }
        return "%016x".formatted(hash);
    }
}
