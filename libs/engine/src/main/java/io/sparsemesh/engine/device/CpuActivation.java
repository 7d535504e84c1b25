package io.sparsemesh.engine.device;

/// Activation functions of whole rows, all through [Exponential] of a number that is not positive.
final class CpuActivation {

    private static final float SQRT_2_BY_PI = 0.7978845608f;
    private static final float SQRT_HALF = 0.70710678f;

    /// Up to where tanh is its series.
    private static final float NEAR = 0.25f;

    private final float[] e;

    /// @param capacity length of the rows
    CpuActivation(int capacity) {
        e = new float[capacity];
    }

    void apply(Activation f, float[] x) {
        switch (f) {
            case RELU -> relu(x);
            case SILU -> timesSigmoid(x, 1f);
            case GELU -> gelu(x);
            case GELU_TANH -> geluTanh(x);
            case GELU_SIGMOID -> timesSigmoid(x, 1.702f);
            case TANH -> tanh(x);
        }
    }

    private static void relu(float[] x) {
        for (int i = 0; i < x.length; i++) {
            x[i] = Math.max(x[i], 0f);
        }
    }

    /// `1 / (1 + exp(-s))` is `1 / (1 + e)` for s >= 0 and `e / (1 + e)` below, where
    /// `e = exp(-|s|)`.
    private void timesSigmoid(float[] x, float factor) {
        for (int i = 0; i < x.length; i++) {
            e[i] = -Math.abs(factor * x[i]);
        }
        Exponential.ofNonPositive(e, x.length);
        for (int i = 0; i < x.length; i++) {
            x[i] = x[i] * (x[i] >= 0 ? 1f : e[i]) / (1f + e[i]);
        }
    }

    /// `(1 + tanh(u)) / 2 = 1 / (1 + exp(-2 u))`.
    private void geluTanh(float[] x) {
        for (int i = 0; i < x.length; i++) {
            e[i] = -2f * Math.abs(SQRT_2_BY_PI * (x[i] + 0.044715f * x[i] * x[i] * x[i]));
        }
        Exponential.ofNonPositive(e, x.length);
        for (int i = 0; i < x.length; i++) {
            x[i] = x[i] * (x[i] >= 0 ? 1f : e[i]) / (1f + e[i]);
        }
    }

    /// `tanh(|x|) = (1 - exp(-2 |x|)) / (1 + exp(-2 |x|))`.
    private void tanh(float[] x) {
        for (int i = 0; i < x.length; i++) {
            e[i] = -2f * Math.abs(x[i]);
        }
        Exponential.ofNonPositive(e, x.length);
        for (int i = 0; i < x.length; i++) {
            x[i] = Math.signum(x[i]) * (1f - e[i]) / (1f + e[i]);
        }
    }

    /// `cap tanh(u)` of `u = x / cap` for the first `n` elements. Near zero, where `1 - exp` loses
    /// digits, it is the series of tanh up to u^9, which leaves out less than 3e-9.
    void cap(float cap, float[] x, int n) {
        for (int i = 0; i < n; i++) {
            e[i] = -2f * Math.abs(x[i] / cap);
        }
        Exponential.ofNonPositive(e, n);
        for (int i = 0; i < n; i++) {
            float u = x[i] / cap;
            float far = Math.signum(u) * (1f - e[i]) / (1f + e[i]);
            x[i] = cap * (Math.abs(u) < NEAR ? tanhNearZero(u) : far);
        }
    }

    private static float tanhNearZero(float u) {
        float square = u * u;
        float p = 62f / 2835;
        p = p * square - 17f / 315;
        p = p * square + 2f / 15;
        p = p * square - 1f / 3;
        return u + u * square * p;
    }

    /// `(1 + erf(z)) / 2` of `z = x / sqrt 2`, with the error function of Abramowitz and Stegun
    /// 7.1.26: absolute error 1.5e-7.
    private void gelu(float[] x) {
        for (int i = 0; i < x.length; i++) {
            float z = x[i] * SQRT_HALF;
            e[i] = -z * z;
        }
        Exponential.ofNonPositive(e, x.length);
        for (int i = 0; i < x.length; i++) {
            float t = 1f / (1f + 0.3275911f * Math.abs(x[i] * SQRT_HALF));
            float p = 1.061405429f;
            p = p * t - 1.453152027f;
            p = p * t + 1.421413741f;
            p = p * t - 0.284496736f;
            p = p * t + 0.254829592f;
            float upperTail = 0.5f * p * t * e[i];
            x[i] = x[i] * (x[i] >= 0 ? 1f - upperTail : upperTail);
        }
    }
}
