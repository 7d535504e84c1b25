package io.sparsemesh.engine.device;

/// Elementwise functions between the linears of a feed-forward layer.
public enum Activation {
    /// `max(x, 0)`
    RELU,
    /// `x / (1 + exp(-x))`
    SILU,
    /// `x / 2 (1 + erf(x / sqrt 2))`
    GELU,
    /// `x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))`
    GELU_TANH,
    /// `x / (1 + exp(-1.702 x))`
    GELU_SIGMOID,
    /// `tanh(x)`
    TANH
}
