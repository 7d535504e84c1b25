package io.sparsemesh.checkpoint;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Conversion between F32 and the floating point types of a file. Elements pass through small
/// heap arrays: the loops over arrays are the ones the compiler turns into vector
/// instructions, and the two copies stay in the first-level cache.
final class FloatConversion {

    static final ValueLayout.OfShort SHORT_LE =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT_LE = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG_LE =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT_LE =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE_LE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private static final int PIECE = 4096;

    private FloatConversion() {}

    static void requireSameCount(
            MemorySegment source, int sourceBytes, MemorySegment target, int targetBytes) {
        long count = source.byteSize() / sourceBytes;
        if (count * sourceBytes != source.byteSize() || count * targetBytes != target.byteSize()) {
            throw new IllegalArgumentException(
                    "expected room for %d elements of %d bytes, found %d bytes for %d"
                            .formatted(count, targetBytes, target.byteSize(), source.byteSize()));
        }
    }

    static void toF32(Dtype type, MemorySegment source, MemorySegment floats) {
        switch (type) {
            case F32 -> copySwapped(source, FLOAT_LE, floats, FLOAT);
            case F16 -> halvesToF32(source, floats);
            case BF16 -> brainsToF32(source, floats);
            case F64 -> doublesToF32(source, floats);
            case I64, I32, I16, I8, U8, BOOL -> throw new IllegalArgumentException(type.name());
        }
    }

    static void fromF32(Dtype type, MemorySegment floats, MemorySegment target) {
        switch (type) {
            case F32 -> copySwapped(floats, FLOAT, target, FLOAT_LE);
            case F16 -> halvesFromF32(floats, target);
            case BF16 -> brainsFromF32(floats, target);
            case F64 -> doublesFromF32(floats, target);
            case I64, I32, I16, I8, U8, BOOL -> throw new IllegalArgumentException(type.name());
        }
    }

    private static void copySwapped(
            MemorySegment source,
            ValueLayout.OfFloat sourceLayout,
            MemorySegment target,
            ValueLayout.OfFloat targetLayout) {
        long count = source.byteSize() / Float.BYTES;
        MemorySegment.copy(source, sourceLayout, 0, target, targetLayout, 0, count);
    }

    private static void halvesToF32(MemorySegment source, MemorySegment floats) {
        short[] halves = new short[PIECE];
        float[] wide = new float[PIECE];
        long count = source.byteSize() / Short.BYTES;
        for (long first = 0; first < count; first += PIECE) {
            int n = (int) Math.min(PIECE, count - first);
            MemorySegment.copy(source, SHORT_LE, first * Short.BYTES, halves, 0, n);
            for (int i = 0; i < n; i++) {
                wide[i] = Float.float16ToFloat(halves[i]);
            }
            MemorySegment.copy(wide, 0, floats, FLOAT, first * Float.BYTES, n);
        }
    }

    private static void halvesFromF32(MemorySegment floats, MemorySegment target) {
        short[] halves = new short[PIECE];
        float[] wide = new float[PIECE];
        long count = floats.byteSize() / Float.BYTES;
        for (long first = 0; first < count; first += PIECE) {
            int n = (int) Math.min(PIECE, count - first);
            MemorySegment.copy(floats, FLOAT, first * Float.BYTES, wide, 0, n);
            for (int i = 0; i < n; i++) {
                halves[i] = Float.floatToFloat16(wide[i]);
            }
            MemorySegment.copy(halves, 0, target, SHORT_LE, first * Short.BYTES, n);
        }
    }

    private static void brainsToF32(MemorySegment source, MemorySegment floats) {
        short[] brains = new short[PIECE];
        int[] bits = new int[PIECE];
        long count = source.byteSize() / Short.BYTES;
        for (long first = 0; first < count; first += PIECE) {
            int n = (int) Math.min(PIECE, count - first);
            MemorySegment.copy(source, SHORT_LE, first * Short.BYTES, brains, 0, n);
            for (int i = 0; i < n; i++) {
                bits[i] = brains[i] << 16;
            }
            MemorySegment.copy(bits, 0, floats, INT, first * Float.BYTES, n);
        }
    }

    private static void brainsFromF32(MemorySegment floats, MemorySegment target) {
        short[] brains = new short[PIECE];
        int[] bits = new int[PIECE];
        long count = floats.byteSize() / Float.BYTES;
        for (long first = 0; first < count; first += PIECE) {
            int n = (int) Math.min(PIECE, count - first);
            MemorySegment.copy(floats, INT, first * Float.BYTES, bits, 0, n);
            for (int i = 0; i < n; i++) {
                brains[i] = brainFromBits(bits[i]);
            }
            MemorySegment.copy(brains, 0, target, SHORT_LE, first * Short.BYTES, n);
        }
    }

    /// Upper half of an F32, rounded to nearest even. Without a branch, so that it vectorises:
    /// a NaN is not rounded (that could carry it to infinity) but made quiet.
    private static short brainFromBits(int bits) {
        int nan = (0x7f80_0000 - (bits & 0x7fff_ffff)) >> 31;
        int rounding = (0x7fff + ((bits >>> 16) & 1)) & ~nan;
        return (short) (((bits + rounding) >>> 16) | (0x40 & nan));
    }

    private static void doublesToF32(MemorySegment source, MemorySegment floats) {
        double[] doubles = new double[PIECE];
        float[] narrow = new float[PIECE];
        long count = source.byteSize() / Double.BYTES;
        for (long first = 0; first < count; first += PIECE) {
            int n = (int) Math.min(PIECE, count - first);
            MemorySegment.copy(source, DOUBLE_LE, first * Double.BYTES, doubles, 0, n);
            for (int i = 0; i < n; i++) {
                narrow[i] = (float) doubles[i];
            }
            MemorySegment.copy(narrow, 0, floats, FLOAT, first * Float.BYTES, n);
        }
    }

    private static void doublesFromF32(MemorySegment floats, MemorySegment target) {
        double[] doubles = new double[PIECE];
        float[] narrow = new float[PIECE];
        long count = floats.byteSize() / Float.BYTES;
        for (long first = 0; first < count; first += PIECE) {
            int n = (int) Math.min(PIECE, count - first);
            MemorySegment.copy(floats, FLOAT, first * Float.BYTES, narrow, 0, n);
            for (int i = 0; i < n; i++) {
                doubles[i] = narrow[i];
            }
            MemorySegment.copy(doubles, 0, target, DOUBLE_LE, first * Double.BYTES, n);
        }
    }
}
