package io.sparsemesh.engine.device;

import static io.sparsemesh.engine.device.Lanes.FLOATS;
import static io.sparsemesh.engine.device.Panel.ROWS;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// The grids of a panel's rows, group after group.
final class PanelGrid {

    /// Adding and subtracting it rounds a float below 2^22 to an integer, halves to even.
    private static final float ROUNDER = 3 << 22;

    private float[] scale = new float[ROWS];
    private float[] zero = new float[ROWS];
    private float top;
    private int width = 1;
    private int first;

    /// Takes the rows `from` to `to` of W.
    void load(Rounding rounding, long from, long to) {
        switch (rounding) {
            case Rounding.None _ -> top = 0;
            case Rounding.Grid grid -> {
                ensure((int) grid.scale().rows() * ROWS);
                copy(grid.scale(), from, to, scale, 1);
                copy(grid.zero(), from, to, zero, 0);
                top = grid.top();
                width = Math.toIntExact(grid.width());
                first = Math.toIntExact(grid.first());
            }
        }
    }

    private void ensure(int values) {
        if (scale.length < values) {
            scale = new float[values];
            zero = new float[values];
        }
    }

    /// @param rest what rows get that the panel does not have
    private static void copy(Matrix groups, long from, long to, float[] into, float rest) {
        Arrays.fill(into, rest);
        for (int g = 0; g < groups.rows(); g++) {
            MemorySegment.copy(
                    groups.row(g),
                    ValueLayout.JAVA_FLOAT,
                    from * Float.BYTES,
                    into,
                    g * ROWS,
                    (int) (to - from));
        }
    }

    /// The weights of column `c` in the rows from `r` on, where they come to stand; without a grid
    /// where they are.
    FloatVector round(FloatVector weights, int c, int r) {
        if (top == 0) {
            return weights;
        }
        int at = (first + c) / width * ROWS + r;
        FloatVector scales = FloatVector.fromArray(FLOATS, scale, at);
        FloatVector zeros = FloatVector.fromArray(FLOATS, zero, at);
        FloatVector steps = weights.div(scales).add(ROUNDER).sub(ROUNDER);
        return steps.add(zeros).max(0).min(top).sub(zeros).mul(scales);
    }
}
