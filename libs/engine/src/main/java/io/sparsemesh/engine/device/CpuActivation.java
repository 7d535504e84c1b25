package io.sparsemesh.engine.device;

/// Activation functions of whole rows, all through [Exponential] of a number that is not positive.
final class CpuActivation {

    private static final float SQRT_2_BY_PI = 0.7978845608f;
    private static final float SQRT_HALF = 0.70710678f;

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
