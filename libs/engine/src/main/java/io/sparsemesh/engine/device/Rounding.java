package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;

/// What becomes of the weights that a mask keeps.
public sealed interface Rounding {

    /// They stay as they are.
    Rounding NONE = new None();

    /// See [#NONE].
    record None() implements Rounding {}

    /// They move to a grid of integers, one for each row of W, in which 0 is exact: `scale
    /// (clamp(round(v / scale) + zero, 0, top) - zero)`, halves to even.
    ///
    /// @param scale `[1 x rows]`, positive
    /// @param zero `[1 x rows]`, integers from 0 to `top`
    /// @param top the largest integer
    record Grid(Matrix scale, Matrix zero, int top) implements Rounding {
        public Grid {
            Shapes.checkShape("grid", "zero", zero, 1, scale.cols());
            Shapes.checkShape("grid", "scale", scale, 1, zero.cols());
            if (top < 1) {
                throw new IllegalArgumentException("top: expected at least 1, found " + top);
            }
        }
    }
}
