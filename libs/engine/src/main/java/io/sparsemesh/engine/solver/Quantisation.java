package io.sparsemesh.engine.solver;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.GridShape;
import io.sparsemesh.engine.device.Rounding;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Whether the weights that a mask keeps are rounded to integers in the same pass, and to which.
/// The grid depends on nothing but the weights as they were before: whoever needs it besides the
/// solver spans it anew.
public sealed interface Quantisation {

    /// They stay as they are.
    Quantisation NONE = new None();

    /// What becomes of the kept weights of a matrix.
    ///
    /// @param arena owns the grids, in memory of `device`
    /// @param w `[rows x cols]` in memory of `device`, not pruned yet
    Rounding span(Device device, Arena arena, Matrix w);

    /// See [#NONE].
    record None() implements Quantisation {
        @Override
        public Rounding span(Device device, Arena arena, Matrix w) {
            return Rounding.NONE;
        }
    }

    /// To a grid that spans the weights of a row, or of a group of a row, as they were. The
    /// reference has grids of whole rows only.
    ///
    /// @param bits of an integer, from 2 to 8
    /// @param symmetric whether 0 lies in the middle of the grid
    /// @param groupSize consecutive weights of a row that share a grid; 0 for one grid a row
    /// @param scaleType type that the scales are rounded to before they are used, so that integer
    ///     and scale in a file give the weight exactly; F32 leaves them as they are
    record Grid(int bits, boolean symmetric, int groupSize, Dtype scaleType)
            implements Quantisation {

        public Grid {
            if (bits < 2 || bits > 8) {
                throw new IllegalArgumentException("bits: expected 2 to 8, found " + bits);
            }
            if (groupSize < 0) {
                throw new IllegalArgumentException(
                        "groupSize: expected at least 0, found " + groupSize);
            }
        }

        @Override
        public Rounding.Grid span(Device device, Arena arena, Matrix w) {
            GridShape shape = new GridShape(bits, symmetric, groupSize);
            long groups = shape.groups(w.cols());
            Matrix scale = device.allocate(arena, groups, w.rows());
            Matrix zero = device.allocate(arena, groups, w.rows());
            device.pruning().spanGrid(w, shape, scale, zero);
            if (scaleType != Dtype.F32) {
                roundScales(device, scale);
            }
            return new Rounding.Grid(scale, zero, shape.top(), shape.width(w.cols()), 0);
        }

        private void roundScales(Device device, Matrix scale) {
            try (Arena host = Arena.ofConfined()) {
                Matrix values = Matrix.allocate(host, scale.rows(), scale.cols());
                device.download(scale, values);
                for (long g = 0; g < values.rows(); g++) {
                    for (long row = 0; row < values.cols(); row++) {
                        values.set(g, row, rounded(values.get(g, row)));
                    }
                }
                device.upload(values, scale);
            }
        }

        /// To nearest, but never to 0: a scale too small for the type is doubled until it has one.
        private float rounded(float scale) {
            float rounded = 0;
            for (float larger = scale; rounded == 0; larger *= 2) {
                rounded = nearest(larger);
            }
            return rounded;
        }

        private float nearest(float scale) {
            MemorySegment value = MemorySegment.ofArray(new float[] {scale});
            MemorySegment bytes = MemorySegment.ofArray(new byte[scaleType.bytes()]);
            scaleType.fromF32(value, bytes);
            scaleType.toF32(bytes, value);
            return value.get(ValueLayout.JAVA_FLOAT, 0);
        }
    }
}
