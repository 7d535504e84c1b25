package io.sparsemesh.engine.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;
import static org.assertj.core.data.Percentage.withPercentage;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.Precision;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Properties are tried with a seed that jqwik prints when one fails.
class SparseGptSolverTest {

    private static final Sparsity HALF = new Sparsity.Unstructured(0.5);
    private static final Sparsity FOUR_FIFTHS = new Sparsity.Unstructured(0.8);
    private static final Sparsity TWO_OF_FOUR = new Sparsity.NOutOfM(2, 4);

    private Device device;
    private Arena arena;

    @BeforeEach
    @BeforeProperty
    void open() {
        device = Devices.open("cpu", 2);
        arena = Arena.ofShared();
    }

    @AfterEach
    @AfterProperty
    void close() {
        arena.close();
        device.close();
    }

    static Stream<Arguments> shapes() {
        return Stream.of(
                        HALF,
                        new Sparsity.Unstructured(0.77),
                        TWO_OF_FOUR,
                        new Sparsity.NOutOfM(4, 8))
                .flatMap(
                        sparsity ->
                                Stream.of(1, 127, 128, 129, 260)
                                        .map(cols -> Arguments.of(sparsity, cols)));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void resultIsThatOfThePapersAlgorithm(Sparsity sparsity, int cols) {
        Layer layer = Layer.random(device, arena, 42, 65, cols, 600);
        SolverOptions options = SolverOptions.of(sparsity);
        double[][] expected = Layer.toDouble(layer.w());
        Matrix found = layer.copyOfW(arena);

        double loss = Textbook.prune(expected, Layer.toDouble(layer.h()), options);
        SolveResult result = SparseGptSolver.solve(device, "layer", found, layer.h(), options);

        assertSame(found, expected);
        assertThat(result.stats().loss()).isEqualTo(loss, offset(1e-3 * loss));
        assertThat(result.stats().relativeOutputError().orElseThrow())
                .isEqualTo(layer.relativeError(found), offset(1e-3 * layer.relativeError(found)));
        assertThat(result.stats().zeros()).isEqualTo(device.pruning().countZeros(found));
        assertThat(result.factor()).isEqualTo(new FactorReport(0.01, Precision.F32, 1));
    }

    /// A near tie may flip an entry, which changes its row; few do.
    private static void assertSame(Matrix found, double[][] expected) {
        double scale =
                Stream.of(expected).flatMapToDouble(Arrays::stream).map(Math::abs).max().orElse(0);
        int flippedRows = 0;
        for (int r = 0; r < expected.length; r++) {
            boolean flipped = false;
            double largest = 0;
            for (int c = 0; c < expected[r].length; c++) {
                flipped |= (found.get(r, c) == 0) != (expected[r][c] == 0);
                largest = Math.max(largest, Math.abs(found.get(r, c) - expected[r][c]));
            }
            flippedRows += flipped ? 1 : 0;
            if (!flipped) {
                assertThat(largest).as("row %d", r).isLessThanOrEqualTo(5e-5 * scale);
            }
        }
        assertThat(flippedRows).isLessThanOrEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void resultIsTheSameBitsForAnyNumberOfThreads(int threads) {
        Layer layer = Layer.random(device, arena, 7, 300, 530, 900);
        for (Sparsity sparsity : new Sparsity[] {HALF, TWO_OF_FOUR}) {
            Matrix two = layer.copyOfW(arena);
            Matrix other = layer.copyOfW(arena);

            SolveResult resultOfTwo =
                    SparseGptSolver.solve(
                            device, "layer", two, layer.h(), SolverOptions.of(sparsity));
            SolveResult resultOfOther;
            try (Device threaded = Devices.open("cpu", threads)) {
                resultOfOther =
                        SparseGptSolver.solve(
                                threaded, "layer", other, layer.h(), SolverOptions.of(sparsity));
            }

            assertThat(other.toArray()).isEqualTo(two.toArray());
            assertThat(resultOfOther).isEqualTo(resultOfTwo);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 127, 128, 129, 300})
    void blockedIsUnblocked(int cols) {
        // The mask of n:m does not depend on the blocks, so nothing does.
        Layer layer = Layer.random(device, arena, 3, 40, cols, 700);
        Matrix blocked = layer.copyOfW(arena);
        Matrix unblocked = layer.copyOfW(arena);
        SolverOptions options = SolverOptions.of(TWO_OF_FOUR);

        SparseGptSolver.solve(device, "layer", blocked, layer.h(), options);
        SparseGptSolver.solve(
                device,
                "layer",
                unblocked,
                layer.h(),
                options.withBlockSize(Math.ceilDiv(cols, 4) * 4));

        assertSame(blocked, Layer.toDouble(unblocked));
    }

    @Test
    void oneFactorServesSeveralLinears() {
        Layer layer = Layer.random(device, arena, 5, 30, 140, 500);
        SolverOptions options = SolverOptions.of(HALF);
        GramFactor factor = GramFactor.of(device, arena, "layer", layer.h(), options);
        Matrix alone = layer.copyOfW(arena);
        Matrix first = layer.copyOfW(arena);
        Matrix second = layer.copyOfW(arena);

        SparseGptSolver.solve(device, "layer", alone, layer.h(), options);
        SparseGptSolver.solve(device, "layer", first, factor, options);
        SparseGptSolver.solve(device, "layer", second, factor, options);

        assertThat(first.toArray()).isEqualTo(alone.toArray());
        assertThat(second.toArray()).isEqualTo(alone.toArray());
    }

    @Property(tries = 60)
    void groupsKeepAtMostNAndLoseExactlyTheRest(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 70) int rows,
            @ForAll @IntRange(min = 1, max = 200) int cols,
            @ForAll("patterns") Sparsity.NOutOfM pattern) {
        Layer layer = Layer.random(device, arena, seed, rows, cols, 2 * cols);
        Matrix w = layer.copyOfW(arena);

        SparseGptSolver.solve(
                device,
                "layer",
                w,
                layer.h(),
                SolverOptions.of(pattern).withBlockSize(16 * pattern.group()));

        for (int r = 0; r < rows; r++) {
            for (int from = 0; from < cols; from += pattern.group()) {
                int width = Math.min(pattern.group(), cols - from);
                long zeros = device.pruning().countZeros(w.view(r, from, 1, width));
                assertThat(zeros).isEqualTo(Math.min(pattern.group() - pattern.kept(), width));
            }
        }
    }

    @Provide
    Arbitrary<Sparsity.NOutOfM> patterns() {
        return Arbitraries.of(
                new Sparsity.NOutOfM(2, 4),
                new Sparsity.NOutOfM(4, 8),
                new Sparsity.NOutOfM(1, 4),
                new Sparsity.NOutOfM(3, 5),
                new Sparsity.NOutOfM(4, 4),
                new Sparsity.NOutOfM(0, 2));
    }

    @Property(tries = 60)
    void exactCountDropsExactlyTheShareOfAllWeights(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 70) int rows,
            @ForAll @IntRange(min = 1, max = 300) int cols,
            @ForAll @IntRange(min = 0, max = 99) int percent) {
        Layer layer = Layer.random(device, arena, seed, rows, cols, 2 * cols);
        Matrix w = layer.copyOfW(arena);
        double share = percent / 100.0;

        SolveResult result =
                SparseGptSolver.solve(
                        device,
                        "layer",
                        w,
                        layer.h(),
                        SolverOptions.of(new Sparsity.Unstructured(share)).withExactCount(true));

        assertThat(result.stats().zeros()).isEqualTo((long) (share * ((long) rows * cols)));
    }

    /// No theorem: the choice is greedy. 10,000 layers of the least size were tried at each target,
    /// and the worst of all had 0.81 times the error. Of a layer within one column block this does
    /// not hold, see [#atHighSparsityANarrowLayerMayLoseMoreThanByMagnitude].
    @Property(tries = 40)
    void outputErrorIsNeverAboveThatOfMagnitudePruning(
            @ForAll long seed,
            @ForAll @IntRange(min = 20, max = 70) int rows,
            @ForAll @IntRange(min = 160, max = 300) int cols,
            @ForAll("targets") Sparsity sparsity) {
        Errors errors = errors(device, seed, rows, cols, sparsity);

        assertThat(errors.sparseGpt()).isLessThanOrEqualTo(errors.magnitude());
    }

    @Property(tries = 12)
    void narrowLayersLoseLessThanByMagnitudeOnAverage(
            @ForAll long seed, @ForAll("targets") Sparsity sparsity) {
        Random random = new Random(seed);
        double mean =
                IntStream.range(0, 40)
                        .mapToObj(
                                i ->
                                        errors(
                                                device,
                                                random.nextLong(),
                                                20 + random.nextInt(51),
                                                40 + random.nextInt(89),
                                                sparsity))
                        .mapToDouble(Errors::ratio)
                        .average()
                        .orElseThrow();

        assertThat(mean).isLessThan(sparsity.equals(FOUR_FIFTHS) ? 0.9 : 0.5);
    }

    /// The choice is greedy, from left to right. Of 10,000 layers of 20 x 40 weights 376 did worse
    /// than by magnitude (3 at 50 %), and the naive device in double does so in the same measure.
    @Test
    void atHighSparsityANarrowLayerMayLoseMoreThanByMagnitude() {
        Errors fast = errors(device, 0, 20, 42, FOUR_FIFTHS);
        try (Device naive = Devices.open("naive", 1)) {
            Errors exact = errors(naive, 0, 20, 42, FOUR_FIFTHS);

            assertThat(exact.ratio()).isGreaterThan(1);
            assertThat(fast.sparseGpt()).isCloseTo(exact.sparseGpt(), withPercentage(1e-3));
            assertThat(fast.magnitude()).isCloseTo(exact.magnitude(), withPercentage(1e-3));
        }
    }

    /// Relative errors of a layer's output after both methods, at the same number of zeros.
    private record Errors(double sparseGpt, double magnitude) {
        double ratio() {
            return sparseGpt / magnitude;
        }
    }

    private static Errors errors(Device device, long seed, int rows, int cols, Sparsity sparsity) {
        try (Arena own = Arena.ofShared()) {
            Layer layer = Layer.random(device, own, seed, rows, cols, 2 * cols);
            SolverOptions options = SolverOptions.of(sparsity).withExactCount(true);
            Matrix w = layer.copyOfW(own);
            Matrix v = layer.copyOfW(own);
            return new Errors(
                    SparseGptSolver.solve(device, "layer", w, layer.h(), options)
                            .stats()
                            .relativeOutputError()
                            .orElseThrow(),
                    MagnitudePruner.prune(device, "layer", v, Optional.of(layer.h()), options)
                            .relativeOutputError()
                            .orElseThrow());
        }
    }

    @Provide
    Arbitrary<Sparsity> targets() {
        return Arbitraries.of(HALF, new Sparsity.Unstructured(0.2), FOUR_FIFTHS, TWO_OF_FOUR);
    }

    @Test
    void deadColumnsBecomeZeroAndDisturbNothing() {
        Layer layer = Layer.random(device, arena, 8, 20, 130, 400);
        for (int dead : new int[] {0, 64, 129}) {
            for (int t = 0; t < 400; t++) {
                layer.x().set(t, dead, 0);
            }
        }
        Matrix h = Layer.gram(device, arena, layer.x());
        double[][] expected = Layer.toDouble(layer.w());
        Textbook.prune(expected, Layer.toDouble(h), SolverOptions.of(HALF));
        Matrix found = layer.copyOfW(arena);

        SparseGptSolver.solve(device, "layer", found, h, SolverOptions.of(HALF));

        assertSame(found, expected);
        for (int r = 0; r < 20; r++) {
            assertThat(found.get(r, 64)).isEqualTo(0f);
        }
    }

    @Test
    void layerWithoutAnyInputBecomesZero() {
        Matrix w = Layer.random(device, arena, 8, 20, 130, 10).w();

        SolveResult result =
                SparseGptSolver.solve(
                        device,
                        "layer",
                        w,
                        Matrix.allocate(arena, 130, 130),
                        SolverOptions.of(HALF));

        assertThat(result.stats().sparsity()).isEqualTo(1);
        assertThat(result.stats().relativeOutputError()).hasValue(0);
    }

    @Test
    void fewerTokensThanColumnsStillSolve() {
        Layer layer = Layer.random(device, arena, 9, 32, 256, 50);

        SolveResult result =
                SparseGptSolver.solve(
                        device, "layer", layer.w(), layer.h(), SolverOptions.of(HALF));

        assertThat(result.factor().isFallback()).isFalse();
        assertThat(result.stats().relativeOutputError().orElseThrow()).isLessThan(0.05);
    }

    @Test
    void weightThatIsNotFiniteIsNamed() {
        Layer layer = Layer.random(device, arena, 9, 32, 64, 100);
        layer.w().set(5, 17, Float.NaN);

        assertThatThrownBy(
                        () ->
                                SparseGptSolver.solve(
                                        device,
                                        "layers.3.fc1",
                                        layer.w(),
                                        layer.h(),
                                        SolverOptions.of(HALF)))
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining("[layers.3.fc1] weights")
                .hasMessageContaining("row 5, column 17");
    }

    @Test
    void factorOfAnotherBlockSizeIsRefused() {
        Layer layer = Layer.random(device, arena, 9, 32, 64, 100);
        SolverOptions options = SolverOptions.of(HALF);
        GramFactor factor = GramFactor.of(device, arena, "layer", layer.h(), options);

        assertThatThrownBy(
                        () ->
                                SparseGptSolver.solve(
                                        device,
                                        "layer",
                                        layer.w(),
                                        factor,
                                        options.withBlockSize(64)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("block size 64");
    }
}
