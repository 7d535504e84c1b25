package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;

/// A block of `b` columns of a weight matrix while it is pruned. What only the solver reads is
/// transposed, so that the rows of W, which are independent of each other, lie side by side.
///
/// @param w `[rows x b]`; in: the original weights; out: the pruned ones
/// @param s transposed, `[b x rows]`; in: `S = D R` of the columns before the block, that is the
///     sum over them of `D[:, c] R[c, block]`; out: not specified
/// @param d transposed, `[b x rows]`; out: `D = original - pruned`
/// @param u `[b x b]`, the upper triangular U of the block: the inverse of R's diagonal block
public record ColumnBlock(Matrix w, Matrix s, Matrix d, Matrix u) {

    public ColumnBlock {
        Shapes.checkShape("column block", "S", s, w.cols(), w.rows());
        Shapes.checkShape("column block", "D", d, w.cols(), w.rows());
        Shapes.checkShape("column block", "U", u, w.cols(), w.cols());
    }

    /// Number of columns of W in this block.
    public long columns() {
        return w.cols();
    }

    /// Number of rows of W.
    public long rows() {
        return w.rows();
    }
}
