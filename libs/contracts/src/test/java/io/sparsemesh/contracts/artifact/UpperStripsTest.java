package io.sparsemesh.contracts.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.artifact.UpperStrips.Strip;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UpperStripsTest {

    @Test
    void stripsBeginAtTheDiagonal() {
        UpperStrips strips = new UpperStrips(300);

        assertThat(strips.strips())
                .containsExactly(
                        new Strip(0, 128, 300, 0),
                        new Strip(128, 128, 172, 128 * 300),
                        new Strip(256, 44, 44, 128 * (300 + 172)));
        assertThat(strips.elements()).isEqualTo(128 * (300 + 172) + 44 * 44);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 127, 128, 129, 255, 256, 257, 768, 1000, 49_152})
    void theyFollowEachOtherAndHaveEveryPlaceOnAndAboveTheDiagonal(long size) {
        UpperStrips strips = new UpperStrips(size);
        long rows = 0;
        long elements = 0;
        for (Strip strip : strips.strips()) {
            assertThat(strip.top()).isEqualTo(rows);
            assertThat(strip.width()).isEqualTo(size - rows);
            assertThat(strip.first()).isEqualTo(elements);
            rows += strip.height();
            elements += strip.height() * strip.width();
            assertThat(strip.end()).isEqualTo(rows);
        }
        assertThat(rows).isEqualTo(size);
        assertThat(strips.elements()).isEqualTo(elements);
    }

    @Test
    void aLargeMatrixTakesHalf() {
        assertThat((double) new UpperStrips(49_152).elements() / (49_152L * 49_152L))
                .isBetween(0.5, 0.502);
        assertThat(new UpperStrips(0).strips()).isEqualTo(List.of());
        assertThat(new UpperStrips(0).elements()).isZero();
    }
}
