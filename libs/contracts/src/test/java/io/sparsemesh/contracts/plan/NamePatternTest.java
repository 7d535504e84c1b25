package io.sparsemesh.contracts.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamePatternTest {

    private static final String NAME = "model.decoder.layers.11.self_attn.q_proj";

    @ParameterizedTest
    @ValueSource(strings = {"re:(.*)*\\1!", "re:((.*)*)*x(.*)*\\1", "re:(a|b|.)*(.*)*(.*)*\\2!"})
    @Timeout(20)
    void whatGoesBackWithoutEndIsStopped(String pattern) {
        assertThatThrownBy(() -> NamePattern.compile(pattern).matches(NAME, new MatchBudget()))
                .isInstanceOfSatisfying(
                        PatternCostException.class, e -> assertThat(e.isTogether()).isFalse())
                .hasMessage("the pattern '%s' takes too long to match '%s'", pattern, NAME);
    }

    @Test
    void manyPatternsMayLookAtSoMuchTogether() {
        MatchBudget budget = new MatchBudget(1000);
        NamePattern pattern = NamePattern.compile("*_proj");

        assertThatThrownBy(
                        () -> IntStream.range(0, 100).forEach(i -> pattern.matches(NAME, budget)))
                .isInstanceOfSatisfying(
                        PatternCostException.class, e -> assertThat(e.isTogether()).isTrue())
                .hasMessageContaining("'*_proj'");
    }

    /// What [MatchBudget#LOOKS] says of an honest request.
    @Test
    void globsOfALargeModelTakeAThirdOfWhatTheyMay() {
        MatchBudget budget = new MatchBudget(MatchBudget.LOOKS / 3);
        long start = System.nanoTime();
        for (int p = 0; p < 20; p++) {
            NamePattern pattern = NamePattern.compile("experts.*.w%d".formatted(p));
            for (int name = 0; name < 50_000; name++) {
                pattern.matches("model.layers.%d.mlp.experts.77.w1".formatted(name), budget);
            }
        }
        System.out.printf(
                "20 patterns, 50,000 names: %s%n", Duration.ofNanos(System.nanoTime() - start));
    }
}
