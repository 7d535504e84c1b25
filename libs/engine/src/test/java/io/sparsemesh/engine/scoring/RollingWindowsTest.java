package io.sparsemesh.engine.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RollingWindowsTest {

    private static List<ScoredSequence> windows(int tokens, int length) {
        return RollingWindows.of(IntStream.rangeClosed(1, tokens).toArray(), 0, length);
    }

    @Test
    void textWithoutTokensHasNoWindow() {
        assertThat(windows(0, 4)).isEmpty();
    }

    /// Ten tokens in windows of four, by hand: the last one reaches back to have four before it.
    @Test
    void windowBeginsWithTheLastTokenOfTheOneBefore() {
        List<ScoredSequence> found = windows(10, 4);

        assertThat(found)
                .extracting(ScoredSequence::ids)
                .containsExactly(
                        new int[] {0, 1, 2, 3, 4},
                        new int[] {4, 5, 6, 7, 8},
                        new int[] {6, 7, 8, 9, 10});
        assertThat(found).extracting(ScoredSequence::firstScored).containsExactly(1, 1, 3);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 126, 127, 128, 129, 500})
    void everyTokenIsScoredOnce(int length) {
        for (int tokens = 1; tokens < 260; tokens++) {
            List<ScoredSequence> found = windows(tokens, length);

            int[] scored =
                    found.stream()
                            .flatMapToInt(
                                    w -> Arrays.stream(w.ids(), w.firstScored(), w.ids().length))
                            .toArray();
            assertThat(scored).isEqualTo(IntStream.rangeClosed(1, tokens).toArray());
            assertThat(found).allMatch(w -> w.inputs() <= length);
        }
    }
}
