package io.sparsemesh.engine.device;

import static io.sparsemesh.engine.device.Lanes.FLOATS;
import static io.sparsemesh.engine.device.Panel.ROWS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// The grids of a panel's rows.
final class PanelGrid {

    /// Adding and subtracting it rounds a float below 2^22 to an integer, halves to even.
    private static final float ROUNDER = 3 << 22;

    private final float[] scale = new float[ROWS];
    private final float[] zero = new float[ROWS];
    private float top;

    /// Takes the rows `from` to `to` of W.
    void load(Rounding rounding, long from, long to) {
        switch (rounding) {
            case Rounding.None _ -> top = 0;
            case Rounding.Grid grid -> {
                Arrays.fill(scale, 1);
                Arrays.fill(zero, 0);
                copy(grid.scale().data(), from, to, scale);
                copy(grid.zero().data(), from, to, zero);
                top = grid.top();
            }
        }
    }

    private static void copy(MemorySegment row, long from, long to, float[] into) {
        MemorySegment.copy(
                row, ValueLayout.JAVA_FLOAT, from * Float.BYTES, into, 0, (int) (to - from));
    }

    /// The weights of the rows from `r` on, where they come to stand; without a grid where they
    /// are.
    FloatVector round(FloatVector weights, int r) {
        if (top == 0) {
            return weights;
        }
        FloatVector scales = FloatVector.fromArray(FLOATS, scale, r);
        FloatVector zeros = FloatVector.fromArray(FLOATS, zero, r);
        FloatVector steps = weights.div(scales).add(ROUNDER).sub(ROUNDER);
        return steps.add(zeros).max(0).min(top).sub(zeros).mul(scales);
    }
}
