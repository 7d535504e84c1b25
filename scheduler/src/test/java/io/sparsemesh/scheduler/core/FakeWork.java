package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.job.BlockShare;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.Output;
import io.sparsemesh.contracts.task.AllocateManifest;
import io.sparsemesh.contracts.task.AssembleManifest;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.ReportManifest;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskWork;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

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
            case TaskWork.Profile profile -> profile(profile);
            case TaskWork.Evaluate evaluate -> evaluate(evaluate);
            case TaskWork.Allocate _, TaskWork.Keep _, TaskWork.Assemble _, TaskWork.Report _ ->
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

    /// Of any draft.
    static TaskOutput done(WorkDraft draft, Lease lease, String fallback) {
        return switch (draft) {
            case WorkDraft.Complete complete -> done(complete.work(), lease, fallback);
            case WorkDraft.Allocate allocate -> allocated(allocate.manifest(), lease);
            case WorkDraft.Assemble assemble -> assembled(assemble.manifest());
            case WorkDraft.Keep keep -> kept(keep.candidate(), keep.output(), keep.checkpoint());
            case WorkDraft.Report report -> reported(report.manifest());
        };
    }

    /// Keys of the artifacts that a worker reads for a task.
    static List<String> inputs(WorkDraft draft) {
        Stream<ArtifactRef> refs =
                switch (draft) {
                    case WorkDraft.Complete(TaskWork.Calibrate work) ->
                            Stream.of(work.hidden(), work.overrides()).flatMap(List::stream);
                    case WorkDraft.Complete(TaskWork.Solve work) -> work.grams().stream();
                    case WorkDraft.Assemble assemble -> assemble.manifest().weights().stream();
                    case WorkDraft.Complete _,
                            WorkDraft.Allocate _,
                            WorkDraft.Keep _,
                            WorkDraft.Report _ ->
                            Stream.empty();
                };
        return refs.map(ArtifactRef::key).toList();
    }

    private static TaskOutput profile(TaskWork.Profile work) {
        return new TaskOutput.Profiled(
                work.parts().stream()
                        .flatMap(part -> part.linears().stream())
                        .map(
                                name ->
                                        new TaskOutput.LinearProfile(
                                                name,
                                                4096,
                                                List.of(new TaskOutput.Level(0.5, 0.1)),
                                                null))
                        .toList());
    }

    public static TaskOutput.Allocated allocated(AllocateManifest manifest, Lease lease) {
        return new TaskOutput.Allocated(
                artifact(lease, "shares", manifest.toString()),
                Map.of("budget", 1.0, "uniform", 2.0),
                manifest.blocks().stream().map(b -> new BlockShare(b.block(), 0.5)).toList());
    }

    public static TaskOutput.Kept kept(String candidate, Output output, TaskOutput.Assembled made) {
        return new TaskOutput.Kept(
                candidate,
                new TaskOutput.Assembled(
                        output.uri(), made.sha256(), made.sparsity(), made.files()));
    }

    private static TaskOutput calibrate(TaskWork.Calibrate work, Lease lease) {
        String inputs = hash(List.of(work.shard(), shas(work.hidden()), shas(work.overrides())));
        Map<String, ArtifactRef> grams = new TreeMap<>();
        for (String group : work.groups()) {
            grams.put(group, artifact(lease, group, inputs + group));
        }
        ArtifactRef hidden =
                work.continues() ? work.hidden().getFirst() : artifact(lease, "hidden", inputs);
        return new TaskOutput.Calibrated(hidden, grams, 1, 16, "ids" + work.shard());
    }

    private static TaskOutput solve(TaskWork.Solve work, Lease lease, String fallback) {
        if (work.method().candidates().size() == 1) {
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
        boolean allocated = candidate.isAllocated() || candidate.name().isEmpty();
        String shares = allocated && work.allocation() != null ? work.allocation().sha256() : "";
        String content = work.group() + candidate.target() + shas(work.grams()) + shares;
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
