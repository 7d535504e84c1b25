package io.sparsemesh.engine;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.engine.calibration.BlockCalibration;
import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.TokenScores;
import io.sparsemesh.engine.device.Transfers;
import io.sparsemesh.engine.family.Families;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.Block;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.CausalLm;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.model.WeightOverrides;
import io.sparsemesh.engine.solver.LayerStats;
import io.sparsemesh.engine.solver.MagnitudePruner;
import io.sparsemesh.engine.solver.SparseGptSolver;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Prunes a model as the reference was asked to, with the engine alone.
final class ReferencePruning implements AutoCloseable {

    private static final int SHARDS = 4;

    /// What came of it.
    ///
    /// @param perplexity after pruning
    /// @param losses of each pruned layer, by its name; none for magnitude pruning
    /// @param sparsity share of the blocks' weights that is 0
    record Result(double perplexity, Map<String, Double> losses, double sparsity) {}

    private final ModelFolder folder;
    private final Device device;
    private final CausalLm model;
    private final Arena arena = Arena.ofShared();
    private final ReferenceRun run;
    private final int length;
    private final Map<String, Matrix> pruned = new HashMap<>();
    private final Map<String, Double> losses = new HashMap<>();
    private long zeros;

    private ReferencePruning(Device device, Path path, ReferenceRun run, int length) {
        this.device = device;
        folder = ModelFolder.open(path);
        model = Families.open(folder, device);
        this.run = run;
        this.length = length;
    }

    /// @param opener opens the device, which is closed at the end
    /// @param ids file with `calib` and `test`
    /// @param length tokens of a sequence
    static Result run(Supplier<Device> opener, Path model, Path ids, ReferenceRun run, int length) {
        try (Device device = opener.get();
                ReferencePruning pruning = new ReferencePruning(device, model, run, length);
                SafetensorsFile data = SafetensorsFile.open(ids)) {
            if (!run.dense()) {
                pruning.prune(ints(data.tensor("calib")));
            }
            return pruning.result(ints(data.tensor("test")));
        }
    }

    private static int[] ints(Tensor ids) {
        return Arrays.stream(ids.readLongs(0, (int) ids.elements()))
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    private Result result(int[] test) {
        double weights =
                model.description().blocks().stream()
                        .flatMap(BlockDescription::linears)
                        .mapToLong(LinearDescription::weights)
                        .sum();
        WeightOverrides overrides = WeightOverrides.ofMatrices(pruned);
        try (CausalLm after = Families.open(folder, device, overrides)) {
            return new Result(perplexity(after, test), losses, zeros / weights);
        }
    }

    private void prune(int[] ids) {
        List<Matrix> shards = new ArrayList<>();
        int size = ids.length / SHARDS;
        for (int s = 0; s < SHARDS; s++) {
            int[] part = Arrays.copyOfRange(ids, s * size, (s + 1) * size);
            shards.add(model.embed(arena, part, length));
        }
        for (BlockDescription block : model.description().blocks()) {
            steps(block).forEach(groups -> prune(block, groups, shards));
            try (Block after = model.loadBlock(block.index(), WeightOverrides.ofMatrices(pruned))) {
                shards.forEach(hidden -> after.forward(hidden, length));
            }
        }
    }

    /// Groups of a block that are pruned on the same pass.
    private List<List<InputGroup>> steps(BlockDescription block) {
        return run.trueSequential()
                ? block.groups().stream().map(List::of).toList()
                : List.of(block.groups());
    }

    private void prune(BlockDescription block, List<InputGroup> groups, List<Matrix> shards) {
        try (Arena scratch = Arena.ofShared();
                Block before = model.loadBlock(block.index(), WeightOverrides.ofMatrices(pruned))) {
            List<Map<String, GramAccumulator>> sums = new ArrayList<>();
            for (Matrix hidden : shards) {
                Matrix copy = device.allocate(scratch, hidden.rows(), hidden.cols());
                device.blas().addScaled(1, hidden, 0, copy);
                sums.add(
                        BlockCalibration.run(
                                device, before, copy, length, groups::contains, scratch));
            }
            long sequences = shards.stream().mapToLong(Matrix::rows).sum() / length;
            for (InputGroup group : groups) {
                List<Matrix> partials =
                        sums.stream().map(shard -> shard.get(group.name()).partial()).toList();
                Matrix h = device.allocate(scratch, group.inputs(), group.inputs());
                GramAccumulator.combine(device, partials, sequences, h);
                group.linears().forEach(linear -> prune(block, linear, h));
            }
        }
    }

    private void prune(BlockDescription block, LinearDescription linear, Matrix h) {
        String name = linear.name().substring(block.prefix().length());
        if (!run.prunes(block.index(), name)) {
            return;
        }
        Matrix host = Matrix.allocate(arena, linear.outputs(), linear.inputs());
        folder.tensor(linear.tensor()).readF32(0, host.data());
        try (Arena scratch = Arena.ofShared()) {
            Matrix w = Transfers.toDevice(device, scratch, host);
            zeros += prune(linear.name(), w, h).zeros();
            device.download(w, host);
        }
        pruned.put(linear.tensor(), host);
    }

    private LayerStats prune(String layer, Matrix w, Matrix h) {
        if (run.magnitude()) {
            return MagnitudePruner.prune(device, layer, w, Optional.of(h), run.options());
        }
        LayerStats stats = SparseGptSolver.solve(device, layer, w, h, run.options()).stats();
        losses.put(layer, stats.loss());
        return stats;
    }

    /// The exponential of the mean loss of windows that do not overlap.
    private double perplexity(CausalLm after, int[] ids) {
        int tokens = ids.length / length * length;
        int[] targets =
                IntStream.range(0, tokens)
                        .map(i -> i % length == length - 1 ? CausalLm.NO_TARGET : ids[i + 1])
                        .toArray();
        TokenScores scores = after.score(Arrays.copyOf(ids, tokens), length, targets);
        double sum = Arrays.stream(scores.logLikelihoods()).sum();
        return Math.exp(-sum / (tokens - tokens / length));
    }

    @Override
    public void close() {
        arena.close();
        model.close();
        folder.close();
    }
}
