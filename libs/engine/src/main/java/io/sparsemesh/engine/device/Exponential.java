package io.sparsemesh.engine.device;

import java.lang.foreign.MemorySegment;

/// `exp(x)` of many `x <= 0`, in F32, relative error below 2e-7; below -87 it is exp(-87), NaN
/// stays NaN.
///
/// With `x = k ln 2 + r`, `|r| <= ln 2 / 2`, it is `2^k exp(r)`, exp(r) by the polynomial of
/// Cephes' `expf`. The bits of `2^k` become floats in a bulk copy: the compiler vectorises that,
/// but not a loop of `Float.intBitsToFloat`.
final class Exponential {

    private static final float LOG2_E = 1.44269504f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    private static final float LOWEST = -87f;
    private static final int BIAS = 127;
    private static final int MANTISSA_BITS = 23;

    private final int[] bits;
    private final float[] mantissas;
    private final MemorySegment bitsAsMemory;

    /// @param capacity largest number of elements at a time
    Exponential(int capacity) {
        bits = new int[capacity];
        mantissas = new float[capacity];
        bitsAsMemory = MemorySegment.ofArray(bits);
    }

    /// Replaces the first `n` elements, none of them positive.
    void ofNonPositive(float[] x, int n) {
        split(x, n);
        long bytes = (long) n * Float.BYTES;
        MemorySegment.copy(bitsAsMemory, 0, MemorySegment.ofArray(x), 0, bytes);
        for (int i = 0; i < n; i++) {
            x[i] *= mantissas[i];
        }
    }

    private void split(float[] x, int n) {
        for (int i = 0; i < n; i++) {
            float t = Math.max(x[i], LOWEST);
            int k = (int) (t * LOG2_E - 0.5f);
            float r = t - k * LN2_HIGH - k * LN2_LOW;
            float p = 1.9875691500e-4f;
            p = p * r + 1.3981999507e-3f;
            p = p * r + 8.3334519073e-3f;
            p = p * r + 4.1665795894e-2f;
            p = p * r + 1.6666665459e-1f;
            p = p * r + 5.0000001201e-1f;
            mantissas[i] = p * r * r + r + 1f;
            bits[i] = (k + BIAS) << MANTISSA_BITS;
        }
    }
}
