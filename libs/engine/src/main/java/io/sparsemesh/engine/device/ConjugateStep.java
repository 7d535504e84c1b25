package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;

/// The state of preconditioned conjugate gradient over all rows of a weight matrix at once, each on
/// the weights that its mask keeps. It begins with R the negative gradient, X and the energies 0:
/// the first [PruningOps#descend] then moves nothing.
///
/// @param q `[rows x cols]`; its elements that are not 0 are the mask
/// @param d `[1 x cols]`, the diagonal part of the preconditioner, positive
/// @param x `[rows x cols]`, the solution so far
/// @param r `[rows x cols]`, the negative gradient
/// @param p `[rows x cols]`, the direction, 0 outside the mask
/// @param ap `[rows x cols]`: for [PruningOps#descend], P times the matrix; for [PruningOps#turn],
///     what the rest of the preconditioner takes off R / d. Not read outside the mask
/// @param energy `[rows x 1]`, of each row the product of R and R preconditioned
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
