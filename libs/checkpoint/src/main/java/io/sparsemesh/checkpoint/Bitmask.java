package io.sparsemesh.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Which elements of a matrix are not 0, a bit for each: column j of a row at byte `j / 8`, bit
/// `j % 8`.
public final class Bitmask {

    /// What the name of a mask's tensor ends in, in place of the weight's `.weight`.
    public static final String SUFFIX = ".bitmask";

    private Bitmask() {}

    /// Bytes of a row of `cols` columns.
    public static long rowBytes(long cols) {
        return Math.ceilDiv(cols, Byte.SIZE);
    }

    /// The tensor `NAME.bitmask` of a weight `[R, C]`: U8 `[R, ceil(C / 8)]`.
    ///
    /// @param weight readable until it is written
    public static TensorSource source(String name, Tensor weight) {
        List<Long> shape = List.of(weight.dimension(0), rowBytes(weight.dimension(1)));
        return new TensorSource(name + SUFFIX, Dtype.U8, shape, sink -> write(weight, sink));
    }

    private static void write(Tensor weight, TensorSource.Sink sink) throws IOException {
        long cols = weight.dimension(1);
        byte[] row = new byte[Math.toIntExact(rowBytes(cols))];
        for (long r = 0; r < weight.dimension(0); r++) {
            java.util.Arrays.fill(row, (byte) 0);
            for (int c = 0; c < cols; c++) {
                if (!isZero(weight, r * cols + c)) {
                    row[c / Byte.SIZE] |= (byte) (1 << c % Byte.SIZE);
                }
            }
            sink.write(MemorySegment.ofArray(row));
        }
    }

    /// Whether the bit of an element is set.
    public static boolean isKept(Tensor bitmask, long row, long col) {
        long at = row * bitmask.dimension(1) + col / Byte.SIZE;
        return (bitmask.data().get(ValueLayout.JAVA_BYTE, at) >> (int) (col % Byte.SIZE) & 1) != 0;
    }

    /// How many elements that are not 0 come before each row, and in all.
    static long[] rowOffsets(Tensor weight) {
        int rows = Math.toIntExact(weight.dimension(0));
        long cols = weight.dimension(1);
        long[] offsets = new long[rows + 1];
        for (int r = 0; r < rows; r++) {
            offsets[r + 1] = offsets[r];
            for (long c = 0; c < cols; c++) {
                offsets[r + 1] += isZero(weight, r * cols + c) ? 0 : 1;
            }
        }
        return offsets;
    }

    /// Whether all bits of an element are 0; -0.0 has one.
    static boolean isZero(Tensor weight, long element) {
        MemorySegment data = weight.data();
        return switch (weight.dtype().bytes()) {
            case 1 -> data.get(ValueLayout.JAVA_BYTE, element) == 0;
            case 2 -> data.get(FloatConversion.SHORT_LE, element * 2) == 0;
            case 4 -> data.get(FloatConversion.INT_LE, element * 4) == 0;
            default -> data.get(FloatConversion.LONG_LE, element * 8) == 0;
        };
    }
}
