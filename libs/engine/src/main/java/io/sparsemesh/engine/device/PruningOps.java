package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/// The steps of SparseGPT that are not products of matrices.
public interface PruningOps {

    /// Energies of conjugate gradient below it count as 0: what is computed from them underflows.
    float LEAST_ENERGY = 1e-30f;

    /// `B := A^T`.
    void transpose(Matrix a, Matrix b);

    /// R := the upper triangular factor of `H + diag(d) = R R^T`, zeros below its diagonal. This is
    /// the Cholesky factor of H with its indices reversed, and `U = R^-1` is the U of SparseGPT:
    /// `H^-1 = U^T U`.
    ///
    /// @param h symmetric `[n x n]`
    /// @param d `[n x 1]`, added to the diagonal
    /// @param r `[n x n]`, not H
    /// @return empty, or the column whose pivot was not positive; R is then undefined
    Optional<Long> factor(Matrix h, Matrix d, Precision precision, Matrix r);

    /// Rows `[i, i + b)` of U := inverse of the diagonal block of R that begins at `i`, for each
    /// `i` that is a multiple of `blockSize`; the last block may be smaller.
    ///
    /// @param r `[n x n]`, upper triangular
    /// @param u `[n x blockSize]`
    void invertDiagonalBlocks(Matrix r, long blockSize, Matrix u);

    /// Prunes one column block, Algorithm 1's inner loop. With V the weights of the block after the
    /// error feedback of all columns before it, `V = W + S U`, chooses the mask M by the saliency
    /// `V_rc^2 / U_cc^2` and then for each column c of the block, left to right:
    /// `Q_c := V_c`, rounded, where M keeps it, else `+0`; `E_c := (V_c - Q_c) / U_cc`;
    /// `V_j := V_j - E_c U_cj` for the columns j after c.
    ///
    /// @return gives the loss, `sum of E^2 / 2`; the device may be computing it until it is asked
    DoubleSupplier pruneBlock(ColumnBlock block, Selection selection, Rounding rounding);

    /// The grid of `top + 1` integers that spans each group of weights of a row of W, 0 included:
    /// with `low` the smaller of 0 and the group's least weight and `high` likewise,
    /// `scale = (high - low) / top` and `zero = round(-low / scale)`; a symmetric one has
    /// `scale = 2 max(-low, high) / top` and `zero = (top + 1) / 2`. A group of zeros gets the
    /// grid of a group from -1 to 1.
    ///
    /// @param w `[rows x cols]`
    /// @param scale `[groups x rows]`, overwritten
    /// @param zero `[groups x rows]`, overwritten
    void spanGrid(Matrix w, GridShape shape, Matrix scale, Matrix zero);

    /// `M := 1` where A is not 0, else 0; M may be A.
    void kept(Matrix a, Matrix m);

    /// `V := Q` where it is not 0, else `G / d`: the value that lowers a quadratic the most whose
    /// negative gradient is G and whose matrix has the diagonal d, if that weight alone is moved.
    ///
    /// @param q `[rows x cols]`
    /// @param g `[rows x cols]`
    /// @param d `[1 x cols]`, positive
    /// @param v `[rows x cols]`, overwritten
    void propose(Matrix q, Matrix g, Matrix d, Matrix v);

    /// The Cholesky factors of many small systems at once, one in each column: `A + 1 = L L^T`.
    ///
    /// @param a `[k (k + 1) / 2 x systems]`, in each column the lower triangle of a positive
    ///     semidefinite `[k x k]` matrix, row by row; overwritten with L in the same form
    void factorEach(Matrix a);

    /// `C := (L L^T)^-1 C` for the system of each column.
    ///
    /// @param l of [#factorEach]
    /// @param c `[k x systems]`, overwritten
    void solveEach(Matrix l, Matrix c);

    /// Moves each row along its direction to the least error: with M the elements of Q that are not
    /// 0 and `a = energy / sum of P AP`, `X := X + a P`, `R := R - a AP on M, else 0`. `a` is 0 for
    /// a row whose energy is below [#LEAST_ENERGY] or whose curvature `sum of P AP` is not
    /// positive; its energy becomes 0.
    void descend(ConjugateStep step);

    /// Turns each row to its next direction: with the preconditioned gradient `Z = R / d - AP on M`
    /// and `new = sum of R Z`, `P := Z + new / energy P`, `energy := new`. Where the energy was 0
    /// `P := Z`, the direction of steepest descent. What AP holds afterwards is not specified.
    void turn(ConjugateStep step);

    /// Sets the weights of lowest magnitude to `+0`.
    ///
    /// @param w `[cols x rows]`: a weight matrix transposed, so that groups run down a column
    void dropSmallest(Matrix w, Selection selection);

    /// In each row of W by itself, sets the weights of lowest saliency `|W_rc| s_c` to `+0`, as
    /// many of each group of consecutive columns as `groups` says.
    ///
    /// @param w `[rows x cols]`
    /// @param s `[1 x cols]`, not negative
    void dropSmallestOfRows(Matrix w, Matrix s, Selection.PerGroup groups);

    /// Number of elements equal to 0.
    long countZeros(Matrix a);

    /// The first element, row by row, that is infinite or not a number.
    Optional<Position> firstNonFinite(Matrix a);

    /// An element of a matrix.
    record Position(long row, long col) {}
}
