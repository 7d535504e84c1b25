package io.sparsemesh.contracts.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CalibrationTest {

    private static List<Integer> shares(int samples, double... weights) {
        List<Calibration.Source> sources =
                Arrays.stream(weights)
                        .mapToObj(w -> new Calibration.Source(TextSource.text("file:///t"), w))
                        .toList();
        return new Calibration(sources, Sampling.PACKED, samples, 64, 0).shares();
    }

    @Test
    void sharesAreProportionalAndAddUp() {
        assertThat(shares(128, 1)).containsExactly(128);
        assertThat(shares(10, 3, 1, 1)).containsExactly(6, 2, 2);
        assertThat(shares(7, 0.5, 0.25, 0.25)).containsExactly(3, 2, 2);
        assertThat(shares(1, 1, 2)).containsExactly(0, 1);
    }

    @Test
    void firstOfEqualSourcesGetsWhatIsLeft() {
        assertThat(shares(8, 1, 1, 1)).containsExactly(3, 3, 2);
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "127", "128", "4194304"})
    void everySampleIsGivenOut(int samples) {
        for (double[] weights :
                new double[][] {{1e-9, 1, 1e9}, {0.1, 0.2, 0.3, 0.4}, {1. / 3, 1. / 3, 1. / 3}}) {
            assertThat(shares(samples, weights).stream().mapToInt(i -> i).sum()).isEqualTo(samples);
        }
    }
}
