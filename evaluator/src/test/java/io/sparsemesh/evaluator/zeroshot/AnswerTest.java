package io.sparsemesh.evaluator.zeroshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.engine.device.TokenScores;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerTest {

    private static Tally tally(Question question, double... logLikelihoods) {
        return new Answer(logLikelihoods, false, logLikelihoods.length).tally(question);
    }

    private static Question.Choice choice(int gold, String... choices) {
        return Question.Choice.normed("q", Arrays.asList(choices), gold);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 0", "2, 0"})
    void firstOfEqualChoicesWins(int gold, int correct) {
        Tally found = tally(choice(gold, "aa", "bb", "cc"), -1, -1, -1);

        assertThat(found).isEqualTo(new Tally(Tally.Kind.CHOICE, 1, 0, 3, correct, correct));
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 0"})
    void byLikelihoodAloneNothingIsNormed(int gold, int correct) {
        // Per character the second would win.
        Question choice = Question.Choice.byLikelihood("q", Arrays.asList("ab", "abcdef"), gold);
        Question contexts = new Question.Contexts(Arrays.asList("a", "b"), "c", gold);

        Tally expected = new Tally(Tally.Kind.ACCURACY, 1, 0, 2, correct, 0);
        assertThat(tally(choice, -4, -6)).isEqualTo(expected);
        assertThat(tally(contexts, -4, -6)).isEqualTo(expected);
    }

    @Test
    void normedByLengthAnotherChoiceMayWin() {
        // -4 / 2 = -2, -6 / 6 = -1
        assertThat(tally(choice(0, "ab", "abcdef"), -4, -6))
                .isEqualTo(new Tally(Tally.Kind.CHOICE, 1, 0, 2, 1, 0));
        assertThat(tally(choice(1, "ab", "abcdef"), -4, -6))
                .isEqualTo(new Tally(Tally.Kind.CHOICE, 1, 0, 2, 0, 1));
    }

    @Test
    void lengthsAreCharactersNotUtf16Units() {
        // Four emoji are four characters: -4 / 4 = -1 loses against -4.5 / 5 = -0.9, -4 / 8 would
        // win.
        Question.Choice emoji = choice(1, "😀😀😀😀", "abcde");

        assertThat(emoji.lengths()).containsExactly(4, 5);
        assertThat(tally(emoji, -4, -4.5).correctNormed()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void lastWordIsRightWhenEveryTokenIsGreedy(boolean second) {
        TokenScores scores =
                new TokenScores(new double[] {-0.5, -0.25}, new boolean[] {true, second});

        Tally found = Answer.of(List.of(scores)).tally(new Question.LastWord("a", "b"));

        assertThat(found)
                .isEqualTo(new Tally(Tally.Kind.LAST_WORD, 1, -0.75, 2, second ? 1 : 0, 0));
    }
}
