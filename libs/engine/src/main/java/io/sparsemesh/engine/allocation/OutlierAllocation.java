package io.sparsemesh.engine.allocation;

import java.util.List;
import java.util.stream.IntStream;

/// OWL (arXiv 2310.05175): blocks with more outliers lose fewer weights. As in the authors' code
/// the sparsities of the blocks are linear in their ratios of outliers, `2 lambda` apart at most;
/// here their mean is weighted by the blocks' sizes.
public final class OutlierAllocation {

    /// How many times the mean an outlier is at the least: the paper's M.
    public static final double FACTOR = 5;

    /// The paper's lambda.
    static final double SPREAD = 0.08;

    private OutlierAllocation() {}

    /// @param weights how many weights it has
    /// @param ratio share of its weighted inputs that are outliers
    public record Block(long weights, double ratio) {}

    /// @param sparsity on average over all weights
    /// @return the sparsity of each block, within 0 and 1
    public static List<Double> spread(List<Block> blocks, double sparsity) {
        double lowest = blocks.stream().mapToDouble(Block::ratio).min().orElse(0);
        double highest = blocks.stream().mapToDouble(Block::ratio).max().orElse(0);
        double spread = 2 * Math.min(SPREAD, Math.min(sparsity, 1 - sparsity) / 2);
        double scale = highest > lowest ? spread / (highest - lowest) : 0;
        double all = blocks.stream().mapToDouble(Block::weights).sum();
        double mean = blocks.stream().mapToDouble(b -> b.weights() / all * b.ratio()).sum();
        return IntStream.range(0, blocks.size())
                .mapToObj(i -> sparsity - scale * (blocks.get(i).ratio() - mean))
                .toList();
    }
}
