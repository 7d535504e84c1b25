package io.sparsemesh.engine.calibration;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.util.List;

/// The Gram matrix of a linear's inputs, `H = 2/N X^T X` over all tokens of N sequences. Each shard
/// of the calibration data gives a partial sum `X^T X`; the partial sums are added in the order of
/// the shards. Which numbers are added in which order depends on the shapes and shards only.
public final class GramAccumulator {

    private final Device device;
    private final Matrix partial;
    private long sequences;
    private long tokens;
    private boolean mirrored = true;

    /// @param partial zeroed `[n x n]` in memory of `device`, which the caller owns: the sum so far
    public GramAccumulator(Device device, Matrix partial) {
        this.device = device;
        this.partial = partial;
    }

    /// Adds the inputs of whole sequences.
    ///
    /// @param x `[tokens x n]` in memory of the device
    /// @param count how many sequences the tokens are of
    public void add(Matrix x, long count) {
        if (count < 1) {
            throw new IllegalArgumentException("sequences: expected at least 1, found " + count);
        }
        add(x);
        sequences += count;
    }

    /// Adds inputs of some tokens of sequences that are counted elsewhere.
    ///
    /// @param x `[tokens x n]` in memory of the device
    public void add(Matrix x) {
        device.blas().addGramUpper(x, partial);
        mirrored = false;
        tokens += x.rows();
    }

    /// `sum of X^T X` so far.
    public Matrix partial() {
        if (!mirrored) {
            device.blas().mirrorUpper(partial);
            mirrored = true;
        }
        return partial;
    }

    /// The same; what is below the diagonal is not specified. It costs nothing.
    public Matrix upper() {
        return partial;
    }

    /// Number of sequences added so far.
    public long sequences() {
        return sequences;
    }

    /// Number of tokens added so far.
    public long tokens() {
        return tokens;
    }

    /// `H := 2/N (P_0 + P_1 + ...)`, in this order.
    ///
    /// @param partials one for each shard, `[n x n]`, at least one
    /// @param sequences N, of all shards
    /// @param h `[n x n]`, overwritten; may be the first partial sum
    public static void combine(Device device, List<Matrix> partials, long sequences, Matrix h) {
        if (partials.isEmpty() || sequences < 1) {
            throw new IllegalArgumentException(
                    "expected at least one shard and sequence, found %d and %d"
                            .formatted(partials.size(), sequences));
        }
        if (partials.getFirst() != h) {
            device.blas().addScaled(1, partials.getFirst(), 0, h);
        }
        for (Matrix next : partials.subList(1, partials.size())) {
            device.blas().addScaled(1, next, 1, h);
        }
        device.blas().addScaled(2f / sequences, h, 0, h);
    }
}
