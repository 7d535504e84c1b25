package io.sparsemesh.engine.solver;

import io.sparsemesh.checkpoint.Dtype;

/// How a matrix is pruned.
///
/// @param sparsity the target
/// @param blockSize B of Algorithm 1: columns whose mask is chosen together; a multiple of m for
///     n:m
/// @param damping added to the diagonal of H, as a share of its mean; at least 0
/// @param exactCount whether exactly `floor(share * weights)` go. When false each column block
///     loses everything up to and including the weight of that rank, one more than asked, as the
///     reference does. For n:m it makes no difference.
/// @param quantisation what becomes of the weights that are kept
public record SolverOptions(
        Sparsity sparsity,
        int blockSize,
        double damping,
        boolean exactCount,
        Quantisation quantisation) {

    /// Bits of weights that are not quantised.
    public static final int NOT_QUANTISED = 16;

    /// The paper's B.
    public static final int DEFAULT_BLOCK_SIZE = 128;

    /// The reference's damping.
    public static final double DEFAULT_DAMPING = 0.01;

    public SolverOptions {
        if (blockSize < 1) {
            throw new IllegalArgumentException(
                    "blockSize: expected at least 1, found " + blockSize);
        }
        if (!(damping >= 0 && damping < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("damping: expected at least 0, found " + damping);
        }
        if (sparsity instanceof Sparsity.NOutOfM(int kept, int group) && blockSize % group != 0) {
            throw new IllegalArgumentException(
                    "blockSize: expected a multiple of %d for %d:%d, found %d"
                            .formatted(group, kept, group, blockSize));
        }
    }

    /// The reference's choices. For n:m the block size is the largest multiple of m up to the
    /// paper's, or m.
    public static SolverOptions of(Sparsity sparsity) {
        int blockSize =
                switch (sparsity) {
                    case Sparsity.Unstructured unstructured -> DEFAULT_BLOCK_SIZE;
                    case Sparsity.NOutOfM(int kept, int group) ->
                            Math.max(DEFAULT_BLOCK_SIZE / group, 1) * group;
                };
        return new SolverOptions(sparsity, blockSize, DEFAULT_DAMPING, false, Quantisation.NONE);
    }

    public SolverOptions withBlockSize(int columns) {
        return new SolverOptions(sparsity, columns, damping, exactCount, quantisation);
    }

    public SolverOptions withDamping(double share) {
        return new SolverOptions(sparsity, blockSize, share, exactCount, quantisation);
    }

    public SolverOptions withExactCount(boolean exact) {
        return new SolverOptions(sparsity, blockSize, damping, exact, quantisation);
    }

    public SolverOptions withQuantisation(Quantisation how) {
        return new SolverOptions(sparsity, blockSize, damping, exactCount, how);
    }

    /// The reference's quantisation: each row to an asymmetric grid.
    ///
    /// @param bits from 2 to 8, or [#NOT_QUANTISED]
    public SolverOptions withBits(int bits) {
        return withQuantisation(
                bits == NOT_QUANTISED
                        ? Quantisation.NONE
                        : new Quantisation.Grid(bits, false, 0, Dtype.F32));
    }
}
