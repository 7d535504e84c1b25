package io.sparsemesh.engine.device;

/// How the grids of a matrix are laid out, whatever its weights are.
///
/// @param bits of an integer of the grid, from 1 to 16
/// @param symmetric whether 0 is always the integer `2^(bits - 1)`, or lies where the weights ask
/// @param groupSize consecutive columns of a row that share a grid, the last group of a row having
///     what is left; 0 for one grid a row
public record GridShape(int bits, boolean symmetric, int groupSize) {

    public GridShape {
        if (bits < 1 || bits > 16) {
            throw new IllegalArgumentException("bits: expected 1 to 16, found " + bits);
        }
        if (groupSize < 0) {
            throw new IllegalArgumentException(
                    "groupSize: expected at least 0, found " + groupSize);
        }
    }

    /// The largest integer of a grid; the smallest is 0.
    public int top() {
        return (1 << bits) - 1;
    }

    /// Columns that share a grid, in a matrix of `cols` columns.
    public long width(long cols) {
        return groupSize == 0 ? Math.max(cols, 1) : groupSize;
    }

    /// Grids of a row of `cols` columns.
    public long groups(long cols) {
        return Math.ceilDiv(cols, width(cols));
    }
}
