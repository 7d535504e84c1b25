package io.sparsemesh.contracts.plan;

import io.sparsemesh.contracts.artifact.UpperStrips;
import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.Calibration;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Refit;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.model.InputGroup;
import io.sparsemesh.contracts.model.Linear;
import java.util.List;

/// Bytes of tensors that tasks load and write: checkpoint weights, artifacts and the output.
/// What checking of digests reads again, texts, token ids and JSON are not counted.
///
/// @param read whole tensors count as often as tasks load them
/// @param written artifacts and output
record Traffic(long read, long written) {

    static final Traffic NONE = new Traffic(0, 0);

    private static final long F32 = 4;

    Traffic plus(Traffic other) {
        return new Traffic(read + other.read, written + other.written);
    }

    /// Of one task.
    ///
    /// @param outputBytes that the output's tensors take
    static Traffic of(PlannedTask task, JobRequest request, Architecture model, long outputBytes) {
        return switch (task) {
            case PlannedTask.Calibrate calibrate -> calibrate(calibrate, request, model);
            case PlannedTask.Profile profile -> profile(profile, request, model);
            case PlannedTask.Allocate _ -> NONE;
            case PlannedTask.Solve solve -> solve(solve, request, model);
            case PlannedTask.Keep _ -> NONE;
            case PlannedTask.Assemble _ -> assemble(model, outputBytes);
            case PlannedTask.Evaluate _ -> evaluate(model);
            case PlannedTask.Report _ -> NONE;
        };
    }

    /// The states come from the task before, or are rows of the embedding; they pass blocks, enter
    /// the last one and are kept, with the sums over them. Where the dense model goes along,
    /// everything is there twice.
    private static Traffic calibrate(
            PlannedTask.Calibrate task, JobRequest request, Architecture model) {
        long tokens = tokens(request.calibration(), task.shard(), task.shards());
        long states = states(tokens, model);
        long begin =
                task.previous().isEmpty() ? tokens * model.hidden() * model.elementBytes() : states;
        long blocks = task.block() - task.from() + 1;
        List<InputGroup> groups =
                model.groups().stream()
                        .filter(group -> task.groups().contains(group.name()))
                        .toList();
        long grams = groups.stream().mapToLong(group -> gram(group.inputs())).sum();
        long crosses = squares(groups);
        boolean continues = !task.previous().isEmpty() && task.from() == task.block();
        int models = task.dense() ? 1 : models(request);
        // The embedding is read once: the dense model's states begin as a copy.
        long first = task.previous().isEmpty() ? begin : models * begin;
        return new Traffic(
                first + models * blocks * blockBytes(model),
                models * (continues ? 0 : states) + grams + (models - 1) * crosses);
    }

    /// Models whose states go through the blocks.
    static int models(JobRequest request) {
        Refit refit = request.method().refit();
        return refit != null && refit.needsDense() ? 2 : 1;
    }

    /// Each group's sums and weights once, for outliers the weights twice; what comes of it are a
    /// few numbers.
    private static Traffic profile(
            PlannedTask.Profile task, JobRequest request, Architecture model) {
        long passes = request.method().allocation() == Allocation.OWL ? 2 : 1;
        long read = 0;
        for (PlannedTask.Part part : task.parts()) {
            InputGroup group = group(model, part.group()).in(task.block());
            read += task.dependsOn().size() * gram(group.inputs());
            read += passes * bytes(group, part.linears(), model);
        }
        return new Traffic(read, 0);
    }

    private static Traffic solve(PlannedTask.Solve task, JobRequest request, Architecture model) {
        InputGroup group = group(model, task.group()).in(task.block());
        long weights = bytes(group, task.linears(), model);
        long n = group.inputs();
        long cross = (models(request) - 1) * n * n * F32;
        long sums = task.calibrates().size() * (gram(n) + cross);
        int candidates = task.candidates().size();
        return new Traffic(sums + candidates * weights, candidates * weights);
    }

    private static InputGroup group(Architecture model, String name) {
        return model.groups().stream().filter(g -> g.name().equals(name)).findFirst().orElseThrow();
    }

    private static long bytes(InputGroup group, List<String> linears, Architecture model) {
        return group.linears().stream()
                        .filter(linear -> linears.contains(linear.name()))
                        .mapToLong(Linear::weights)
                        .sum()
                * model.elementBytes();
    }

    /// Each tensor is copied, and then compared with what it should be.
    private static Traffic assemble(Architecture model, long outputBytes) {
        return new Traffic(3 * model.checkpointBytes(), outputBytes);
    }

    /// Every weight once and a row of the embedding for each token, of as many as are scored
    /// together: how many a suite has is not known before its text is read.
    private static Traffic evaluate(Architecture model) {
        long rows = Holdings.CHUNK_TOKENS * model.hidden() * model.elementBytes();
        return new Traffic(model.checkpointBytes() + rows, 0);
    }

    /// Tokens of a shard: whole samples.
    static long tokens(Calibration calibration, int shard, int shards) {
        long samples = calibration.samples();
        return ((shard + 1) * samples / shards - shard * samples / shards)
                * calibration.sequenceLength();
    }

    /// Hidden states of so many tokens between two blocks.
    static long states(long tokens, Architecture model) {
        return tokens * model.hidden() * F32;
    }

    /// Square matrices of the inputs of groups.
    static long squares(List<InputGroup> groups) {
        return groups.stream().mapToLong(g -> g.inputs() * g.inputs()).sum() * F32;
    }

    private static long gram(long inputs) {
        return new UpperStrips(inputs).elements() * F32;
    }

    private static long blockBytes(Architecture model) {
        return weights(model.groups()) * model.elementBytes();
    }

    static long weights(List<InputGroup> groups) {
        return groups.stream()
                .flatMap(group -> group.linears().stream())
                .mapToLong(Linear::weights)
                .sum();
    }
}
