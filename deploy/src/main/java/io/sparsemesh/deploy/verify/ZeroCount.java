package io.sparsemesh.deploy.verify;

import io.sparsemesh.checkpoint.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/// Zeros of one weight matrix, by its bits.
///
/// @param zeros elements that are +0.0 or -0.0
/// @param negativeZeros those that are -0.0
/// @param brokenGroups groups of m consecutive inputs with more than n non-zeros
record ZeroCount(long zeros, long negativeZeros, long brokenGroups) {
    private static final ValueLayout.OfShort BITS16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt BITS32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong BITS64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// @param weight a matrix, `[outputs x inputs]` unless `transposed`
    static ZeroCount of(Tensor weight, boolean transposed, Optional<Report.Pattern> pattern) {
        long rows = weight.dimension(transposed ? 1 : 0);
        long cols = weight.dimension(transposed ? 0 : 1);
        long zeros = 0;
        long negative = 0;
        long broken = 0;
        int n = pattern.map(Report.Pattern::n).orElse(0);
        int m = pattern.map(Report.Pattern::m).orElse(0);
        for (long r = 0; r < rows; r++) {
            int kept = 0;
            for (long c = 0; c < cols; c++) {
                long bits = bits(weight, transposed ? c * rows + r : r * cols + c);
                if (bits << 1 == 0) {
                    zeros++;
                    negative += bits == 0 ? 0 : 1;
                } else {
                    kept++;
                }
                if (m > 0 && (c % m == m - 1 || c == cols - 1)) {
                    broken += kept > n ? 1 : 0;
                    kept = 0;
                }
            }
        }
        return new ZeroCount(zeros, negative, broken);
    }

    /// An element's bits, its sign bit moved to the top.
    static long bits(Tensor weight, long element) {
        MemorySegment data = weight.data();
        int bytes = weight.dtype().bytes();
        return switch (bytes) {
            case 2 -> (long) data.get(BITS16, element * 2) << 48;
            case 4 -> (long) data.get(BITS32, element * 4) << 32;
            case 8 -> data.get(BITS64, element * 8);
            default ->
                    throw new VerificationException(
                            "expected weights of 2, 4 or 8 bytes, found " + bytes);
        };
    }
}
