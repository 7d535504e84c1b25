package io.sparsemesh.worker.tensor;

import io.sparsemesh.checkpoint.Dtype;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;

/// Looks at weights in the bits they have in a file: where it looks at all of them, at as many at a
/// time as fit a long.
///
/// @param dtype F32, F16 or BF16
/// @param bytes little-endian elements, not owned
public record WeightBits(Dtype dtype, MemorySegment bytes) {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Words that are looked at before it is asked whether there was anything.
    private static final int STRETCH = 4096;

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
        long exponents = everywhere(exponent);
        long lowest = everywhere(Integer.lowestOneBit(exponent));
        long signs = everywhere(sign());
        // An exponent of ones carries into the sign's place.
        return first(
                word -> (word & exponents) + lowest & signs,
                element -> (bits(element) & exponent) == exponent);
    }

    /// Index of the first -0.0.
    public OptionalLong firstNegativeZero() {
        long signs = everywhere(sign());
        return first(word -> zeros(word, signs) & word, element -> bits(element) == sign());
    }

    /// Number of elements equal to 0, of either sign.
    public long zeros() {
        long signs = everywhere(sign());
        long zeros = 0;
        for (long i = 0; i < words(); i++) {
            zeros += Long.bitCount(zeros(word(i), signs));
        }
        for (long i = rest(); i < elements(); i++) {
            zeros += isZero(i) ? 1 : 0;
        }
        return zeros;
    }

    /// Writes +0.0 over each zero.
    ///
    /// @return the number of zeros
    public long makeZerosPositive() {
        long signs = everywhere(sign());
        long zeros = 0;
        for (long i = 0; i < words(); i++) {
            long word = word(i);
            long found = zeros(word, signs);
            bytes.set(LONG, i * Long.BYTES, word & ~found);
            zeros += Long.bitCount(found);
        }
        for (long i = rest(); i < elements(); i++) {
            if (isZero(i)) {
                bytes.asSlice(i * dtype.bytes(), dtype.bytes()).fill((byte) 0);
                zeros++;
            }
        }
        return zeros;
    }

    /// The first element that is one of those looked for.
    ///
    /// @param marks of a word, not 0 when it has one
    private OptionalLong first(LongUnaryOperator marks, LongPredicate isOne) {
        for (long from = 0; from < words(); from += STRETCH) {
            long to = Math.min(from + STRETCH, words());
            long any = 0;
            for (long i = from; i < to; i++) {
                any |= marks.applyAsLong(word(i));
            }
            if (any != 0) {
                return first(from * inWord(), to * inWord(), isOne);
            }
        }
        return first(rest(), elements(), isOne);
    }

    private static OptionalLong first(long from, long to, LongPredicate isOne) {
        return LongStream.range(from, to).filter(isOne).findFirst();
    }

    /// Those of a word's elements that are 0, each as the bit of its sign: any other has a bit
    /// besides its sign, and so carries into the sign's place.
    private static long zeros(long word, long signs) {
        return ~((word & ~signs) + ~signs) & signs;
    }

    /// A pattern in the place of each element of a word.
    private long everywhere(int pattern) {
        long ones = dtype == Dtype.F32 ? 0x0000_0001_0000_0001L : 0x0001_0001_0001_0001L;
        return Integer.toUnsignedLong(pattern) * ones;
    }

    private long word(long index) {
        return bytes.get(LONG, index * Long.BYTES);
    }

    /// Words that are full.
    private long words() {
        return bytes.byteSize() / Long.BYTES;
    }

    private long inWord() {
        return Long.BYTES / dtype.bytes();
    }

    /// The first element after them.
    private long rest() {
        return words() * inWord();
    }
}
