package io.sparsemesh.evaluator.zeroshot;

import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.engine.device.TokenScores;
import java.util.Arrays;
import java.util.List;

/// What a model says to a question.
///
/// @param logLikelihoods of each request's continuation
/// @param greedy whether the model would write the first request's continuation itself
/// @param tokens that were scored, of all requests
record Answer(double[] logLikelihoods, boolean greedy, long tokens) {

    /// @param scores one for each request
    static Answer of(List<TokenScores> scores) {
        boolean greedy = true;
        for (boolean token : scores.getFirst().greedy()) {
            greedy &= token;
        }
        return new Answer(
                scores.stream().mapToDouble(s -> Arrays.stream(s.logLikelihoods()).sum()).toArray(),
                greedy,
                scores.stream().mapToLong(TokenScores::tokens).sum());
    }

    /// The tally of this question alone.
    Tally tally(Question question) {
        return switch (question) {
            case Question.Choice choice when choice.normed() ->
                    tally(
                            choice.kind(),
                            hit(logLikelihoods, choice.gold()),
                            hit(perCharacter(choice.lengths()), choice.gold()));
            case Question.Choice choice ->
                    tally(choice.kind(), hit(logLikelihoods, choice.gold()), 0);
            case Question.Contexts contexts ->
                    tally(contexts.kind(), hit(logLikelihoods, contexts.gold()), 0);
            case Question.LastWord word ->
                    new Tally(word.kind(), 1, logLikelihoods[0], tokens, greedy ? 1 : 0, 0);
        };
    }

    private Tally tally(Tally.Kind kind, int correct, int normed) {
        return new Tally(kind, 1, 0, tokens, correct, normed);
    }

    private static int hit(double[] values, int gold) {
        return best(values) == gold ? 1 : 0;
    }

    private double[] perCharacter(double[] lengths) {
        double[] normed = new double[lengths.length];
        Arrays.setAll(normed, i -> logLikelihoods[i] / lengths[i]);
        return normed;
    }

    /// Index of the largest value, the first of equal ones.
    private static int best(double[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }
}
