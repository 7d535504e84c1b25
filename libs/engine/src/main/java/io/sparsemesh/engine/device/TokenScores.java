package io.sparsemesh.engine.device;

/// What a model says about given tokens.
///
/// @param logLikelihoods natural logarithm of each token's probability
/// @param greedy whether the token has the largest logit (the first of equal ones)
public record TokenScores(double[] logLikelihoods, boolean[] greedy) {

    /// Room for `tokens` tokens.
    public TokenScores(int tokens) {
        this(new double[tokens], new boolean[tokens]);
    }

    /// Number of tokens.
    public int tokens() {
        return greedy.length;
    }
}
