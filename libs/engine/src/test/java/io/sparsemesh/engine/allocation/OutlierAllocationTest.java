package io.sparsemesh.engine.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sparsemesh.engine.allocation.OutlierAllocation.Block;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class OutlierAllocationTest {

    private static final double EXACT = 1e-9;

    @Property
    void theMeanOverAllWeightsIsWhatWasAsked(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 30) int count,
            @ForAll @DoubleRange(min = 0, max = 0.99) double asked) {
        Random random = new Random(seed);
        List<Block> blocks =
                Stream.generate(() -> new Block(1 + random.nextInt(999), random.nextDouble()))
                        .limit(count)
                        .toList();

        List<Double> shares = OutlierAllocation.spread(blocks, asked);

        double zeros = 0;
        for (int i = 0; i < count; i++) {
            zeros += shares.get(i) * blocks.get(i).weights();
            assertThat(shares.get(i)).isBetween(-EXACT, 1 - EXACT);
            for (int k = 0; k < count; k++) {
                if (blocks.get(i).ratio() > blocks.get(k).ratio()) {
                    assertThat(shares.get(i)).isLessThanOrEqualTo(shares.get(k));
                }
            }
        }
        double all = blocks.stream().mapToLong(Block::weights).sum();
        assertThat(zeros / all).isCloseTo(asked, within(EXACT));
    }

    /// By hand: ratios 0.01, 0.02 and 0.03 in blocks of one size become keep shares 0, 0.08, 0.16.
    @Example
    void sparsitiesAreTwoLambdaApart() {
        List<Block> blocks = List.of(new Block(10, 0.01), new Block(10, 0.03), new Block(10, 0.02));

        assertThat(OutlierAllocation.spread(blocks, 0.7))
                .usingElementComparator((a, b) -> Math.abs(a - b) < EXACT ? 0 : 1)
                .containsExactly(0.78, 0.62, 0.7);
    }

    @Example
    void blocksAlikeAreUniform() {
        List<Block> blocks = List.of(new Block(10, 0.02), new Block(90, 0.02));

        assertThat(OutlierAllocation.spread(blocks, 0.5)).containsExactly(0.5, 0.5);
    }
}
