package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;

/// Operations of a transformer block between its linear layers. Rows are tokens; vectors (norm
/// weights, biases) are matrices of one row. All refuse shapes that do not fit with an
/// [IllegalArgumentException].
public interface NeuralOps {

    /// `y[r] = (x[r] - mean) / sqrt(variance + epsilon) * weight + bias`, mean and (biased)
    /// variance taken over row r of x. `y` may be `x`.
    void layerNorm(Matrix x, Matrix weight, Matrix bias, float epsilon, Matrix y);

    /// `y[r] = x[r] / sqrt(mean of x[r]^2 + epsilon) * weight`. `y` may be `x`.
    void rmsNorm(Matrix x, Matrix weight, float epsilon, Matrix y);

    /// `y[r] := y[r] + x[r mod rows(x)]`: a residual, position embeddings of each sequence, or a
    /// bias when x has one row. The rows of y are a multiple of those of x.
    void add(Matrix x, Matrix y);

    /// `y := y * x`, element by element.
    void multiply(Matrix x, Matrix y);

    /// `x := f(x)`, element by element.
    void activate(Activation f, Matrix x);

    /// `x := cap tanh(x / cap)`, element by element, cap > 0.
    void softCap(float cap, Matrix x);

    /// Rotary embedding in halves. With `p = r mod rows(cos)`, n = columns of cos, and (a, b) the
    /// columns i and i + n of each head in row r, for i < n:
    ///
    /// `(a, b) := (a cos[p, i] - b sin[p, i], b cos[p, i] + a sin[p, i])`
    ///
    /// Columns from 2 n on stay as they are.
    ///
    /// @param cos cosines `[positions x n]`, n at most half a head
    /// @param sin sines `[positions x n]`
    void rotate(Matrix cos, Matrix sin, Heads x);

    /// Rotary embedding in neighbours (GPT-J): as [#rotate], but (a, b) are the columns 2 i and
    /// 2 i + 1 of each head.
    void rotatePairs(Matrix cos, Matrix sin, Heads x);

    /// Causal attention within each sequence. For query head h, key and value head
    /// `g = h / (heads of q / heads of k)`, and positions `i - window < j <= i` of one sequence:
    ///
    /// `out_h[i] = sum_j softmax_j(c(scale * (q_h[i] . k_g[j])) - slope_h * (i - j)) v_g[j]`
    ///
    /// with `c(s) = cap tanh(s / cap)`, or `c(s) = s` when there is no cap.
    ///
    /// @param out `[tokens x heads of q * head size of v]`, the heads side by side
    void attention(Attention attention, Heads q, Heads k, Heads v, Matrix out);

    /// `out[i] = table[rows[i]]`.
    void gather(Matrix table, int[] rows, Matrix out);

    /// `y[rows[i]] := y[rows[i]] + factors[i] * x[i]`.
    ///
    /// @param rows one for each row of x, no two the same
    /// @param factors one for each row of x
    void scatterAdd(Matrix x, int[] rows, float[] factors, Matrix y);

    /// For each row of `logits` `[tokens x vocabulary]`:
    /// `logits[r, target] - log(sum_c exp(logits[r, c]))`, and whether `target` is the first
    /// largest. The logits may be overwritten.
    ///
    /// @param targets one column per row
    TokenScores score(Matrix logits, int[] targets);
}
