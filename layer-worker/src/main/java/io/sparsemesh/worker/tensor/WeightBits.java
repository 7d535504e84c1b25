package io.sparsemesh.worker.tensor;

import io.sparsemesh.checkpoint.Dtype;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.OptionalLong;

/// Looks at weights in the bits they have in a file.
///
/// @param dtype F32, F16 or BF16
/// @param bytes little-endian elements, not owned
public record WeightBits(Dtype dtype, MemorySegment bytes) {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public WeightBits {
        exponent(dtype);
    }

    /// Bits of an exponent of infinity and NaN, and so the mask of all exponents.
    private static int exponent(Dtype dtype) {
        return switch (dtype) {
            case F32 -> 0x7f80_0000;
            case F16 -> 0x7c00;
            case BF16 -> 0x7f80;
            case F64, I64, I32, I16, I8, U8, BOOL ->
                    throw new IllegalArgumentException(
                            "expected weights of F32, F16 or BF16, found " + dtype);
        };
    }

    public long elements() {
        return bytes.byteSize() / dtype.bytes();
    }

    /// An element as it lies in the file, in the low bits.
    public int bits(long element) {
        return dtype == Dtype.F32
                ? bytes.get(INT, element * Integer.BYTES)
                : bytes.get(SHORT, element * Short.BYTES) & 0xffff;
    }

    private int sign() {
        return dtype == Dtype.F32 ? 0x8000_0000 : 0x8000;
    }

    public boolean isZero(long element) {
        return (bits(element) & ~sign()) == 0;
    }

    /// Index of the first element that is infinite or not a number.
    public OptionalLong firstNonFinite() {
        int exponent = exponent(dtype);
        for (long i = 0; i < elements(); i++) {
            if ((bits(i) & exponent) == exponent) {
                return OptionalLong.of(i);
            }
        }
        return OptionalLong.empty();
    }

    /// Writes +0.0 over each zero.
    ///
    /// @return the number of zeros
    public long makeZerosPositive() {
        long zeros = 0;
        for (long i = 0; i < elements(); i++) {
            int bits = bits(i);
            if (bits == sign()) {
                bytes.asSlice(i * dtype.bytes(), dtype.bytes()).fill((byte) 0);
            }
            zeros += (bits & ~sign()) == 0 ? 1 : 0;
        }
        return zeros;
    }

    /// Number of elements equal to 0, of either sign.
    public long zeros() {
        long zeros = 0;
        for (long i = 0; i < elements(); i++) {
            zeros += isZero(i) ? 1 : 0;
        }
        return zeros;
    }

    /// Index of the first -0.0.
    public OptionalLong firstNegativeZero() {
        for (long i = 0; i < elements(); i++) {
            if (bits(i) == sign()) {
                return OptionalLong.of(i);
            }
        }
        return OptionalLong.empty();
    }
}
