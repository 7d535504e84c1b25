package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;

/// The state of conjugate gradient over all rows of a weight matrix at once, on the weights that a
/// mask keeps.
///
/// @param q `[rows x cols]`; its elements that are not 0 are the mask
/// @param d `[1 x cols]`, the preconditioner: the matrix' diagonal
/// @param x `[rows x cols]`, the solution so far
/// @param r `[rows x cols]`, the negative gradient, 0 outside the mask
/// @param p `[rows x cols]`, the direction, 0 outside the mask
/// @param ap `[rows x cols]`, P times the matrix; what lies outside the mask is not read
/// @param energy `[rows x 1]`, `sum of R R / d` of each row
public record ConjugateStep(
        Matrix q, Matrix d, Matrix x, Matrix r, Matrix p, Matrix ap, Matrix energy) {

    public ConjugateStep {
        Shapes.checkShape("conjugate step", "d", d, 1, q.cols());
        for (Matrix of : new Matrix[] {x, r, p, ap}) {
            Shapes.checkShape("conjugate step", "X, R, P and AP", of, q.rows(), q.cols());
        }
        Shapes.checkShape("conjugate step", "energy", energy, q.rows(), 1);
    }
}
