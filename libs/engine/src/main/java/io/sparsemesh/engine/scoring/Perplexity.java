package io.sparsemesh.engine.scoring;

import io.sparsemesh.engine.device.TokenScores;
import java.util.Arrays;
import java.util.List;

/// Perplexity as the paper measures it (`gptq`): `exp` of the mean over windows of the mean loss of
/// each next token in the window.
///
/// @param windows number of windows
/// @param logLikelihood sum over windows of the mean log-likelihood of a next token
/// @param tokens number of tokens that were predicted
public record Perplexity(long windows, double logLikelihood, long tokens) {

    /// Measures windows, each of at least two tokens.
    ///
    /// @param betweenChunks as [SequenceScorer#score]
    public static Perplexity measure(
            SequenceScorer scorer, List<int[]> windows, Runnable betweenChunks) {
        List<ScoredSequence> sequences =
                windows.stream().map(window -> new ScoredSequence(window, 1)).toList();
        double sum = 0;
        long tokens = 0;
        for (TokenScores window : scorer.score(sequences, betweenChunks)) {
            sum += Arrays.stream(window.logLikelihoods()).sum() / window.tokens();
            tokens += window.tokens();
        }
        return new Perplexity(windows.size(), sum, tokens);
    }

    public double value() {
        return Math.exp(-logLikelihood / windows);
    }
}
