package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;

/// A block of `b` columns of a weight matrix while it is pruned, everything `b x rows`: transposed,
/// so that the rows of W, which are independent of each other, lie side by side.
///
/// @param w in: the original weights; out: the pruned ones
/// @param s in: `S = D R` of the columns before the block, that is the sum over them of `D[:, c]
///     R[c, block]`; out: not specified
/// @param d out: `D = original - pruned`
/// @param u `[b x b]`, the upper triangular U of the block: the inverse of R's diagonal block
public record ColumnBlock(Matrix w, Matrix s, Matrix d, Matrix u) {

    public ColumnBlock {
        Shapes.checkShape("column block", "S", s, w.rows(), w.cols());
        Shapes.checkShape("column block", "D", d, w.rows(), w.cols());
        Shapes.checkShape("column block", "U", u, w.rows(), w.rows());
    }

    /// Number of columns of W in this block.
    public long columns() {
        return w.rows();
    }

    /// Number of rows of W.
    public long rows() {
        return w.cols();
    }
}
