package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.util.List;

/// Dense linear algebra in F32.
public interface Blas {

    /// `C := beta C + alpha A B`, with A `[m x k]`, B `[k x n]`, C `[m x n]`.
    void multiply(float alpha, Matrix a, Matrix b, float beta, Matrix c);

    /// `C := beta C + alpha A B^T`, with A `[m x k]`, B `[n x k]`, C `[m x n]`: the linear layer.
    void multiplyTransposed(float alpha, Matrix a, Matrix b, float beta, Matrix c);

    /// `C_i := A B_i^T` for each i, with A `[m x k]`, B_i `[n_i x k]`, C_i `[m x n_i]`: linear
    /// layers with one input.
    default void multiplyTransposed(Matrix a, List<Matrix> b, List<Matrix> c) {
        for (int i = 0; i < b.size(); i++) {
            multiplyTransposed(1, a, b.get(i), 0, c.get(i));
        }
    }

    /// `C := beta C + alpha A^T B`, with A `[k x m]`, B `[k x n]`, C `[m x n]`.
    void transposedMultiply(float alpha, Matrix a, Matrix b, float beta, Matrix c);

    /// `C := beta C + alpha A`, element by element; C may be A.
    void addScaled(float alpha, Matrix a, float beta, Matrix c);

    /// `sum of A_ij B_ij`, each product and their sum in double.
    double dot(Matrix a, Matrix b);

    /// Upper triangle of `H := H + X^T X`, with X `[tokens x n]`, H `[n x n]`: the Gram matrix of
    /// the columns of X. What is below the diagonal is not read, and may be overwritten. Partial
    /// sums over `tokens` are formed in an order that depends on the shapes only.
    void addGramUpper(Matrix x, Matrix h);

    /// Copies the upper triangle of H `[n x n]` into the lower one.
    void mirrorUpper(Matrix h);

    /// Both triangles of `H := H + X^T X`, as [#addGramUpper].
    default void addGram(Matrix x, Matrix h) {
        addGramUpper(x, h);
        mirrorUpper(h);
    }
}
