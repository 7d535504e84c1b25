package io.sparsemesh.worker.allocate;

import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.BlockShare;
import io.sparsemesh.contracts.task.AllocateManifest;
import io.sparsemesh.contracts.task.Shares;
import io.sparsemesh.contracts.task.TaskOutput.LinearProfile;
import io.sparsemesh.engine.allocation.BudgetAllocation;
import io.sparsemesh.engine.allocation.Ladder;
import io.sparsemesh.engine.allocation.OutlierAllocation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The sparsity of each linear.
///
/// @param predictedErrors by candidate; none where nothing is predicted
record Spread(Shares shares, Map<String, Double> predictedErrors) {

    static Spread of(AllocateManifest manifest) {
        return switch (manifest.allocation()) {
            case BUDGET -> budget(manifest);
            case OWL -> owl(manifest);
            case UNIFORM ->
                    throw new IllegalArgumentException(
                            "allocation: expected owl or budget, found uniform");
        };
    }

    private static Spread budget(AllocateManifest manifest) {
        int last = manifest.blocks().getLast().block();
        List<LinearProfile> linears = new ArrayList<>();
        List<Ladder> ladders = new ArrayList<>();
        for (AllocateManifest.Block block : manifest.blocks()) {
            for (LinearProfile linear : block.linears()) {
                linears.add(linear);
                ladders.add(ladder(linear, last - block.block() + 1));
            }
        }
        List<Double> spread = BudgetAllocation.spread(ladders, manifest.sparsity());
        List<Double> uniform = Collections.nCopies(ladders.size(), manifest.sparsity());
        Map<String, Double> shares = new TreeMap<>();
        for (int i = 0; i < linears.size(); i++) {
            shares.put(linears.get(i).name(), spread.get(i));
        }
        return new Spread(
                new Shares(shares),
                Map.of(
                        Allocation.BUDGET.text(), BudgetAllocation.cost(ladders, spread),
                        Allocation.UNIFORM.text(), BudgetAllocation.cost(ladders, uniform)));
    }

    /// The norm of the relative error, whose energy counts once for each block that it is carried
    /// through: `sqrt(blocks * error)`. Norms, not energies, are what adds up at worst, and they do
    /// not let the small errors of queries and keys, which a softmax enlarges, look like nothing.
    ///
    /// @param blocks from the linear's own to the last one
    private static Ladder ladder(LinearProfile linear, int blocks) {
        return new Ladder(
                linear.weights(),
                linear.ladder().stream()
                        .map(l -> new Ladder.Level(l.sparsity(), Math.sqrt(blocks * l.error())))
                        .toList());
    }

    private static Spread owl(AllocateManifest manifest) {
        List<AllocateManifest.Block> blocks = manifest.blocks();
        List<Double> spread =
                OutlierAllocation.spread(
                        blocks.stream().map(Spread::outliers).toList(), manifest.sparsity());
        Map<String, Double> shares = new TreeMap<>();
        for (int i = 0; i < blocks.size(); i++) {
            for (LinearProfile linear : blocks.get(i).linears()) {
                shares.put(linear.name(), spread.get(i));
            }
        }
        return new Spread(new Shares(shares), Map.of());
    }

    private static OutlierAllocation.Block outliers(AllocateManifest.Block block) {
        double above =
                block.linears().stream().mapToDouble(l -> l.outlierRatio() * l.weights()).sum();
        long weights = weights(block);
        return new OutlierAllocation.Block(weights, above / weights);
    }

    private static long weights(AllocateManifest.Block block) {
        return block.linears().stream().mapToLong(LinearProfile::weights).sum();
    }

    /// The mean of each block.
    List<BlockShare> blocks(AllocateManifest manifest) {
        return manifest.blocks().stream()
                .map(block -> new BlockShare(block.block(), zeros(block) / weights(block)))
                .toList();
    }

    private double zeros(AllocateManifest.Block block) {
        return block.linears().stream()
                .mapToDouble(l -> shares.linears().get(l.name()) * l.weights())
                .sum();
    }
}
