package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;

/// What becomes of the weights that a mask keeps.
public sealed interface Rounding {

    /// They stay as they are.
    Rounding NONE = new None();

    /// That of the columns `from` to `to` by themselves.
    Rounding ofColumns(long from, long to);

    /// See [#NONE].
    record None() implements Rounding {
        @Override
        public Rounding ofColumns(long from, long to) {
            return this;
        }
    }

    /// They move to a grid of integers, one for each row of W and each `width` of its columns, in
    /// which 0 is exact: `scale (clamp(round(v / scale) + zero, 0, top) - zero)`, halves to even.
    ///
    /// @param scale `[groups x rows]`, positive
    /// @param zero `[groups x rows]`, integers from 0 to `top`
    /// @param top the largest integer
    /// @param width columns that share a grid
    /// @param first columns of the first group that come before column 0
    record Grid(Matrix scale, Matrix zero, int top, long width, long first) implements Rounding {
        public Grid {
            Shapes.checkShape("grid", "zero", zero, scale.rows(), scale.cols());
            if (top < 1) {
                throw new IllegalArgumentException("top: expected at least 1, found " + top);
            }
            if (width < 1 || first < 0 || first >= width) {
                throw new IllegalArgumentException(
                        "expected 0 <= first < width, found %d and %d".formatted(first, width));
            }
        }

        /// The row of `scale` and `zero` that belongs to a column.
        public long group(long column) {
            return (first + column) / width;
        }

        @Override
        public Grid ofColumns(long from, long to) {
            long begin = group(from);
            long end = Math.min(group(to - 1) + 1, scale.rows());
            return new Grid(
                    scale.rows(begin, end),
                    zero.rows(begin, end),
                    top,
                    width,
                    first + from - begin * width);
        }
    }
}
