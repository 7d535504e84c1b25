package io.sparsemesh.contracts.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparsemesh.contracts.evaluation.Tally.Kind;
import org.junit.jupiter.api.Test;

class TallyTest {

    @Test
    void perplexityIsTheExponentOfTheMeanOverWindows() {
        Tally all =
                new Tally(Kind.PERPLEXITY, 2, -3, 100, 0, 0)
                        .plus(new Tally(Kind.PERPLEXITY, 2, -5, 100, 0, 0));

        assertThat(all.metrics()).containsOnlyKeys("perplexity");
        assertThat(all.metrics().get("perplexity")).isCloseTo(Math.exp(2), within(1e-12));
    }

    @Test
    void standardErrorIsTheSampleDeviationOverRootN() {
        // Given 3 of 4 right: deviations .25 three times and .75 once, over n - 1 = 3, over n = 4
        Tally tally = new Tally(Kind.CHOICE, 4, 0, 0, 3, 2);

        double expected = Math.sqrt((3 * .0625 + .5625) / 3 / 4);
        assertThat(tally.metrics().get("acc")).isEqualTo(.75);
        assertThat(tally.metrics().get("acc_stderr")).isCloseTo(expected, within(1e-12));
        assertThat(tally.metrics().get("acc_norm")).isEqualTo(.5);
    }

    @Test
    void nothingMeasuredGivesNoMetrics() {
        assertThat(Tally.none(Kind.LAST_WORD).metrics()).isEmpty();
    }

    @Test
    void differentKindsDoNotAdd() {
        assertThatThrownBy(() -> Tally.none(Kind.CHOICE).plus(Tally.none(Kind.PERPLEXITY)))
                .hasMessage("tally of CHOICE plus PERPLEXITY");
    }

    @Test
    void wholeTextsAreMeasuredByWordAndByByte() {
        Tally all = Tally.rolling(2, -6, 10, 3, 12).plus(Tally.rolling(1, -2, 4, 1, 4));

        assertThat(all.items()).isEqualTo(3);
        assertThat(all.metrics().get("word_perplexity")).isCloseTo(Math.exp(2), within(1e-12));
        assertThat(all.metrics().get("byte_perplexity")).isCloseTo(Math.exp(.5), within(1e-12));
        assertThat(all.metrics().get("bits_per_byte")).isCloseTo(.5 / Math.log(2), within(1e-12));
        assertThat(Tally.rolling(1, -2, 1, 0, 1).metrics())
                .containsOnlyKeys("byte_perplexity", "bits_per_byte");
    }

    @Test
    void whatWasCutOffIsCounted() {
        Tally cut = new Tally(Kind.ACCURACY, 2, 0, 9, 1, 0).withTruncated(1);

        assertThat(cut.plus(cut).metrics())
                .containsEntry("acc", .5)
                .containsEntry("truncated", 2.0)
                .doesNotContainKey("acc_norm");
        assertThat(cut.withTruncated(0).metrics()).doesNotContainKey("truncated");
    }
}
