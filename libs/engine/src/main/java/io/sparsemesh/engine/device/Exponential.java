package io.sparsemesh.engine.device;

import static io.sparsemesh.engine.device.Lanes.COUNT;
import static io.sparsemesh.engine.device.Lanes.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// `exp(x)` of many `x <= 0`, in F32, relative error below 2e-7; below -87 it is exp(-87), NaN
/// stays NaN.
///
/// With `x = k ln 2 + r`, `|r| <= ln 2 / 2`, it is `2^k exp(r)`, exp(r) by the polynomial of
/// Cephes' `expf`.
final class Exponential {

    private static final float LOG2_E = 1.44269504f;
    // Vectors that are made in each call would lie on the heap.
    private static final FloatVector MINUS_LN2_HIGH = splat(-0.693359375f);
    private static final FloatVector MINUS_LN2_LOW = splat(2.12194440e-4f);
    private static final FloatVector C5 = splat(1.9875691500e-4f);
    private static final FloatVector C4 = splat(1.3981999507e-3f);
    private static final FloatVector C3 = splat(8.3334519073e-3f);
    private static final FloatVector C2 = splat(4.1665795894e-2f);
    private static final FloatVector C1 = splat(1.6666665459e-1f);
    private static final FloatVector C0 = splat(5.0000001201e-1f);
    private static final float LOWEST = -87f;
    private static final int BIAS = 127;
    private static final int MANTISSA_BITS = 23;

    private Exponential() {}

    /// Replaces the first `n` elements, none of them positive.
    static void ofNonPositive(float[] x, int n) {
        ofNonPositive(x, n, 0);
    }

    /// Replaces the first `n` elements by `exp(x - largest)`; none is above `largest`.
    static void ofNonPositive(float[] x, int n, float largest) {
        int i = 0;
        for (; i < Lanes.bound(n); i += COUNT) {
            of(FloatVector.fromArray(FLOATS, x, i).sub(largest)).intoArray(x, i);
        }
        VectorMask<Float> rest = FLOATS.indexInRange(i, n);
        of(FloatVector.fromArray(FLOATS, x, i, rest).sub(largest)).intoArray(x, i, rest);
    }

    private static FloatVector of(FloatVector x) {
        FloatVector t = x.max(LOWEST);
        IntVector k = (IntVector) t.mul(LOG2_E).sub(0.5f).convert(VectorOperators.F2I, 0);
        FloatVector whole = (FloatVector) k.convert(VectorOperators.I2F, 0);
        FloatVector r = whole.fma(MINUS_LN2_LOW, whole.fma(MINUS_LN2_HIGH, t));
        FloatVector p = C5.fma(r, C4).fma(r, C3).fma(r, C2).fma(r, C1).fma(r, C0);
        FloatVector mantissa = p.mul(r).fma(r, r.add(1f));
        IntVector bits = k.add(BIAS).lanewise(VectorOperators.LSHL, MANTISSA_BITS);
        return mantissa.mul(bits.reinterpretAsFloats());
    }

    private static FloatVector splat(float value) {
        return FloatVector.broadcast(FLOATS, value);
    }
}
