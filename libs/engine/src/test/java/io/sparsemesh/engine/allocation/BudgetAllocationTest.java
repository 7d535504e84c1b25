package io.sparsemesh.engine.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class BudgetAllocationTest {

    private static final double EXACT = 1e-9;

    /// Costs of any form: neither rising nor convex, some of them equal.
    private static List<Ladder> ladders(long seed, int linears, double asked) {
        Random random = new Random(seed);
        return IntStream.range(0, linears)
                .mapToObj(
                        _ ->
                                new Ladder(
                                        1 + random.nextInt(1000),
                                        Ladder.around(asked).stream()
                                                .map(s -> new Ladder.Level(s, random.nextInt(20)))
                                                .toList()))
                .toList();
    }

    private static double mean(List<Ladder> ladders, List<Double> shares) {
        double zeros = 0;
        double weights = 0;
        for (int i = 0; i < shares.size(); i++) {
            zeros += shares.get(i) * ladders.get(i).weights();
            weights += ladders.get(i).weights();
        }
        return zeros / weights;
    }

    @Property
    void theMeanOverAllWeightsIsWhatWasAsked(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 40) int linears,
            @ForAll @DoubleRange(min = 0, max = 0.99) double asked) {
        List<Ladder> ladders = ladders(seed, linears, asked);

        List<Double> shares = BudgetAllocation.spread(ladders, asked);

        assertThat(mean(ladders, shares)).isCloseTo(asked, within(EXACT));
        for (int i = 0; i < linears; i++) {
            List<Ladder.Level> levels = ladders.get(i).levels();
            assertThat(shares.get(i))
                    .isBetween(
                            levels.getFirst().sparsity() - EXACT,
                            levels.getLast().sparsity() + EXACT);
        }
    }

    @Property
    void noAllocationIsPredictedBetter(
            @ForAll long seed,
            @ForAll @IntRange(min = 2, max = 12) int linears,
            @ForAll @DoubleRange(min = 0.1, max = 0.85) double asked) {
        List<Ladder> ladders = ladders(seed, linears, asked);
        double least = BudgetAllocation.cost(ladders, BudgetAllocation.spread(ladders, asked));
        List<Double> other = new ArrayList<>(Collections.nCopies(linears, asked));

        assertThat(least).isLessThanOrEqualTo(BudgetAllocation.cost(ladders, other) + EXACT);
        Random random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            exchange(ladders, other, random, asked);
            assertThat(mean(ladders, other)).isCloseTo(asked, within(EXACT));
            assertThat(least).isLessThanOrEqualTo(BudgetAllocation.cost(ladders, other) + EXACT);
        }
    }

    /// One linear loses as many weights more as another loses fewer.
    private static void exchange(
            List<Ladder> ladders, List<Double> shares, Random random, double asked) {
        int a = random.nextInt(ladders.size());
        int b = random.nextInt(ladders.size());
        double room =
                Math.min(
                        (asked + 0.1 - shares.get(a)) * ladders.get(a).weights(),
                        (shares.get(b) - asked + 0.1) * ladders.get(b).weights());
        if (a != b) {
            double zeros = random.nextDouble() * Math.max(room, 0);
            shares.set(a, shares.get(a) + zeros / ladders.get(a).weights());
            shares.set(b, shares.get(b) - zeros / ladders.get(b).weights());
        }
    }

    @Property
    void askedForMoreNoLinearGetsLess(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 20) int linears,
            @ForAll @DoubleRange(min = 0.4, max = 0.6) double one,
            @ForAll @DoubleRange(min = 0.4, max = 0.6) double other) {
        List<Ladder> ladders = ladders(seed, linears, 0.5);

        List<Double> less = BudgetAllocation.spread(ladders, Math.min(one, other));
        List<Double> more = BudgetAllocation.spread(ladders, Math.max(one, other));

        for (int i = 0; i < linears; i++) {
            assertThat(more.get(i)).isGreaterThanOrEqualTo(less.get(i) - EXACT);
        }
    }

    private static Ladder ladder(long weights, double... costs) {
        List<Double> shares = Ladder.around(0.5);
        return new Ladder(
                weights,
                IntStream.range(0, costs.length)
                        .mapToObj(i -> new Ladder.Level(shares.get(i), costs[i]))
                        .toList());
    }

    @Example
    void whatBearsItLosesMore() {
        List<Ladder> ladders = List.of(ladder(100, 0, 4, 8, 12, 16), ladder(300, 0, 1, 2, 3, 4));

        assertThat(BudgetAllocation.spread(ladders, 0.5))
                .satisfiesExactly(
                        share -> assertThat(share).isCloseTo(0.4, within(EXACT)),
                        share -> assertThat(share).isCloseTo(0.5 + 0.1 / 3, within(EXACT)));
    }

    @Example
    void ofEquallyCheapStepsThoseOfEarlierLinearsAreTaken() {
        Ladder ladder =
                new Ladder(100, List.of(new Ladder.Level(0.25, 0), new Ladder.Level(0.75, 4)));

        assertThat(BudgetAllocation.spread(List.of(ladder, ladder), 0.5))
                .containsExactly(0.75, 0.25);
    }

    @Example
    void laddersEndWithinWhatCanBePruned() {
        assertThat(Ladder.around(0.5)).hasSize(5).contains(0.5).isSorted();
        assertThat(Ladder.around(0.02)).hasSize(3).first().isEqualTo(0.02);
        assertThat(Ladder.around(0.97)).hasSize(3).last().isEqualTo(0.97);
    }

    @Example
    void aLadderThatDoesNotRiseIsRefused() {
        Ladder.Level level = new Ladder.Level(0.5, 1);

        assertThatThrownBy(() -> new Ladder(1, List.of(level, level)))
                .hasMessageContaining("expected rising sparsities");
    }
}
