package io.sparsemesh.engine.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/// Against what CPython drew (`src/test/python/make_samples.py`).
class PythonRandomTest {

    @ParameterizedTest
    @CsvFileSource(
            resources = "/corpus/python-random.csv",
            numLinesToSkip = 1,
            maxCharsPerColumn = 1 << 14)
    void numbersAreThoseOfPython(long seed, int bound, String drawn) {
        int[] expected = Arrays.stream(drawn.split(" ")).mapToInt(Integer::parseInt).toArray();
        PythonRandom random = new PythonRandom(seed);

        int[] found = Arrays.stream(expected).map(_ -> random.below(bound)).toArray();

        assertThat(found).isEqualTo(expected);
    }

    @Test
    void bitsAreTheUpperOnesOfAWord() {
        PythonRandom whole = new PythonRandom(5489);
        PythonRandom part = new PythonRandom(5489);

        for (int bits = 1; bits <= 32; bits++) {
            assertThat(part.bits(bits)).isEqualTo(whole.bits(32) >>> 32 - bits);
        }
    }

    @Test
    void nothingIsBelowZero() {
        assertThatThrownBy(() -> new PythonRandom(0).below(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected a bound of 1 and more, found 0");
    }
}
