package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TrendTest {

    private static final Trend.Bound BOUND = new Trend.Bound(0.05, 2);

    private static Trend series(IntToDoubleFunction value) {
        return new Trend(IntStream.range(0, 60).mapToDouble(value).boxed().toList());
    }

    @Test
    void aLeakGrows() {
        assertThat(series(i -> 100 + 0.5 * i).grows(BOUND)).isTrue();
    }

    @Test
    void aStartAndASawToothDoNot() {
        assertThat(series(i -> i < 20 ? 5 * i : 100).grows(BOUND)).isFalse();
        assertThat(series(i -> 100 + i % 10).grows(BOUND)).isFalse();
    }

    @Test
    void noiseAndSinglePeaksDoNot() {
        Random random = new Random(1);
        assertThat(series(i -> (i % 7 == 0 ? 500 : 100) + random.nextInt(5)).grows(BOUND))
                .isFalse();
    }

    @Test
    void whatIsSmallGrowsBySlackBeforeItCounts() {
        assertThat(series(i -> i < 40 ? 10 : 12).grows(BOUND)).isFalse();
        assertThat(series(i -> i < 40 ? 10 : 13).grows(BOUND)).isTrue();
    }

    @Test
    void mediansOfThirdsAreOfTheirThird() {
        Trend trend = series(i -> i);
        assertThat(trend.first()).isEqualTo(9.5);
        assertThat(trend.second()).isEqualTo(29.5);
        assertThat(trend.last()).isEqualTo(49.5);
    }
}
