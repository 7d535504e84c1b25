package io.sparsemesh.bench;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.function.LongToDoubleFunction;
import java.util.stream.LongStream;

/// Random matrices in a device's memory, the same for the same seed on any device: each element the
/// sum of four uniform numbers, which is near a normal one and costs one draw.
final class RandomMatrix {

    /// Elements that are made at a time.
    private static final long PIECE = 1 << 24;

    /// Of the sum of four numbers that are uniform from 0 to 1.
    private static final double DEVIATION = Math.sqrt(4 / 12.0);

    private static final int PARTS = 4;
    private static final int PART_BITS = 16;

    private RandomMatrix() {}

    /// @param scale of each column, the deviation of its elements
    static Matrix normal(
            Device device,
            Arena arena,
            long seed,
            long rows,
            long cols,
            LongToDoubleFunction scale) {
        Matrix matrix = device.scratch(arena, rows, cols);
        double[] scales = LongStream.range(0, cols).mapToDouble(scale).toArray();
        long step = Math.clamp(PIECE / cols, 1, Math.max(rows, 1));
        try (Arena own = Arena.ofShared()) {
            Matrix piece = Matrix.allocate(own, step, cols);
            for (long from = 0; from < rows; from += step) {
                long first = from;
                Matrix part = piece.rows(0, Math.min(step, rows - from));
                LongStream.range(0, part.rows())
                        .parallel()
                        .forEach(row -> fill(part, row, seed + first + row, scales));
                device.upload(part, matrix.rows(from, from + part.rows()));
            }
        }
        return matrix;
    }

    /// Split: of generators whose seeds are a step of theirs apart, one draws what the other does,
    /// shifted.
    private static void fill(Matrix matrix, long row, long seed, double[] scales) {
        SplittableRandom random = new SplittableRandom(seed).split();
        long at = row * matrix.stride();
        for (int c = 0; c < scales.length; c++) {
            double value = (sum(random.nextLong()) - PARTS / 2.0) / DEVIATION;
            matrix.data().setAtIndex(ValueLayout.JAVA_FLOAT, at + c, (float) (scales[c] * value));
        }
    }

    private static double sum(long bits) {
        long sum = 0;
        for (int part = 0; part < PARTS; part++) {
            sum += bits >>> part * PART_BITS & (1 << PART_BITS) - 1;
        }
        return sum / (double) (1 << PART_BITS);
    }
}
