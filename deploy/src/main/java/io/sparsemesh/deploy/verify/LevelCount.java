package io.sparsemesh.deploy.verify;

import io.sparsemesh.checkpoint.Tensor;
import java.util.HashSet;
import java.util.Set;

/// Different weights in groups of a matrix.
final class LevelCount {

    private LevelCount() {}

    /// How many groups have more different weights than the grid has integers.
    ///
    /// @param weight a matrix, `[outputs x inputs]` unless `transposed`
    static long groupsWithTooMany(Tensor weight, boolean transposed, Report.Grid grid) {
        long rows = weight.dimension(transposed ? 1 : 0);
        long cols = weight.dimension(transposed ? 0 : 1);
        long width = Math.max(grid.width(cols), 1);
        Set<Long> levels = new HashSet<>();
        long broken = 0;
        for (long r = 0; r < rows; r++) {
            for (long c = 0; c < cols; c++) {
                levels.add(ZeroCount.bits(weight, transposed ? c * rows + r : r * cols + c));
                if (c % width == width - 1 || c == cols - 1) {
                    broken += levels.size() > 1 << grid.bits() ? 1 : 0;
                    levels.clear();
                }
            }
        }
        return broken;
    }
}
