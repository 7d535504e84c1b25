package io.sparsemesh.engine.solver;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.Rounding;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Pruning and rounding in one pass, for grids that the reference does not have.
class QuantisationTest {

    private static final Sparsity HALF = new Sparsity.Unstructured(0.5);
    private static final Sparsity TWO_OF_FOUR = new Sparsity.NOutOfM(2, 4);

    private Device device;
    private Arena arena;

    @BeforeEach
    void open() {
        device = Devices.open("cpu", 2);
        arena = Arena.ofShared();
    }

    @AfterEach
    void close() {
        arena.close();
        device.close();
    }

    static Stream<Arguments> grids() {
        return Stream.of(HALF, TWO_OF_FOUR)
                .flatMap(
                        sparsity ->
                                Stream.of(
                                        Arguments.of(sparsity, 4, true, 0),
                                        Arguments.of(sparsity, 4, true, 32),
                                        Arguments.of(sparsity, 3, false, 64),
                                        Arguments.of(sparsity, 2, true, 128),
                                        Arguments.of(sparsity, 8, false, 100)));
    }

    @ParameterizedTest
    @MethodSource("grids")
    void keptWeightsLieOnTheGridsOfTheOriginalOnes(
            Sparsity sparsity, int bits, boolean symmetric, int groupSize) {
        Layer layer = Layer.random(device, arena, 5, 67, 300, 700);
        Quantisation.Grid how = new Quantisation.Grid(bits, symmetric, groupSize, Dtype.F32);
        Rounding.Grid grid = how.span(device, arena, layer.w());
        Matrix w = layer.copyOfW(arena);

        SolveResult result = solve(device, w, layer, sparsity, how);

        assertOnGrid(w, grid);
        assertThat(result.stats().zeros()).isGreaterThanOrEqualTo(67 * 150);
        double error = layer.relativeError(w);
        assertThat(result.stats().relativeOutputError().orElseThrow())
                .isBetween(error * 0.998, error * 1.002);
    }

    /// As in the reference, and as whoever spans the grid anew from the file's weights finds it.
    @Test
    void weightsOfDeadInputsCountForTheGrid() {
        Layer layer = Layer.random(device, arena, 7, 20, 160, 400);
        Matrix w = layer.copyOfW(arena);
        for (long i = 0; i < 160; i++) {
            layer.h().set(i, 5, 0);
            layer.h().set(5, i, 0);
        }
        for (long row = 0; row < 20; row++) {
            w.set(row, 5, 100);
        }
        Quantisation.Grid how = new Quantisation.Grid(8, true, 0, Dtype.F32);
        Rounding.Grid grid = how.span(device, arena, w);

        solve(device, w, layer, HALF, how);

        assertThat(grid.scale().get(0, 0)).isEqualTo(200f / 255);
        assertOnGrid(w, grid);
        assertThat(device.pruning().countZeros(w.columns(5, 6))).isEqualTo(20);
    }

    private static SolveResult solve(
            Device device, Matrix w, Layer layer, Sparsity sparsity, Quantisation how) {
        SolverOptions options = SolverOptions.of(sparsity).withQuantisation(how);
        return SparseGptSolver.solve(device, "layer", w, layer.h(), options);
    }

    private static void assertOnGrid(Matrix w, Rounding.Grid grid) {
        for (long row = 0; row < w.rows(); row++) {
            for (long c = 0; c < w.cols(); c++) {
                long group = c / grid.width();
                float scale = grid.scale().get(group, row);
                float zero = grid.zero().get(group, row);
                double step = w.get(row, c) / scale + zero;
                assertThat(step).isBetween(-1e-3, grid.top() + 1e-3);
                assertThat(w.get(row, c))
                        .as("row %d, column %d", row, c)
                        .isEqualTo(scale * (float) (Math.rint(step) - zero));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("grids")
    void devicesAgree(Sparsity sparsity, int bits, boolean symmetric, int groupSize) {
        Layer layer = Layer.random(device, arena, 6, 20, 200, 500);
        Quantisation how = new Quantisation.Grid(bits, symmetric, groupSize, Dtype.F32);
        Matrix fast = layer.copyOfW(arena);
        Matrix slow = layer.copyOfW(arena);

        solve(device, fast, layer, sparsity, how);
        try (Device naive = Devices.open("naive", 1)) {
            solve(naive, slow, layer, sparsity, how);
        }

        assertThat(differingRows(fast, slow)).isLessThanOrEqualTo(1);
    }

    /// One weight that is rounded the other way changes those after it in its row.
    private static int differingRows(Matrix a, Matrix b) {
        int rows = 0;
        for (long row = 0; row < a.rows(); row++) {
            double largest = 0;
            for (long c = 0; c < a.cols(); c++) {
                largest = Math.max(largest, Math.abs(a.get(row, c) - b.get(row, c)));
            }
            rows += largest > 1e-5 ? 1 : 0;
        }
        return rows;
    }

    @Test
    void smallerGroupsAndMoreBitsLoseLess() {
        Layer layer = Layer.random(device, arena, 7, 64, 256, 700);

        double rows = error(layer, new Quantisation.Grid(3, true, 0, Dtype.F32));
        double groups = error(layer, new Quantisation.Grid(3, true, 32, Dtype.F32));
        double bits = error(layer, new Quantisation.Grid(8, true, 32, Dtype.F32));

        assertThat(groups).isLessThan(rows);
        assertThat(bits).isLessThan(groups);
        assertThat(bits).isGreaterThanOrEqualTo(error(layer, Quantisation.NONE) * 0.99);
    }

    private double error(Layer layer, Quantisation how) {
        return solve(device, layer.copyOfW(arena), layer, HALF, how)
                .stats()
                .relativeOutputError()
                .orElseThrow();
    }

    @Test
    void roundingInTheSamePassLosesLessThanRoundingAfterwards() {
        Layer layer = Layer.random(device, arena, 8, 64, 256, 700);
        Quantisation.Grid how = new Quantisation.Grid(3, true, 0, Dtype.F32);
        Matrix after = layer.copyOfW(arena);

        solve(device, after, layer, HALF, Quantisation.NONE);
        round(after, how.span(device, arena, layer.w()));

        assertThat(error(layer, how)).isLessThan(0.9 * layer.relativeError(after));
    }

    private static void round(Matrix w, Rounding.Grid grid) {
        for (long row = 0; row < w.rows(); row++) {
            for (long c = 0; c < w.cols(); c++) {
                float scale = grid.scale().get(grid.group(c), row);
                float zero = grid.zero().get(grid.group(c), row);
                double step = Math.clamp(Math.rint(w.get(row, c) / scale) + zero, 0, grid.top());
                w.set(row, c, scale * (float) (step - zero));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void scalesAreNumbersOfTheirTypeAndPositive(Dtype type) {
        Layer layer = Layer.random(device, arena, 9, 30, 96, 300);
        for (int c = 0; c < 96; c++) {
            layer.w().set(3, c, 1e-9f * (c + 1));
        }

        Rounding.Grid grid =
                new Quantisation.Grid(4, true, 32, type).span(device, arena, layer.w());

        for (float scale : grid.scale().toArray()) {
            assertThat(scale).isPositive();
            assertThat(Tensors.rounded(type.name(), scale)).isEqualTo(scale);
        }
        assertThat(grid.zero().toArray()).containsOnly(8f);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0.5, 0.5"})
    void rowsHaveAsManyLevelsAsTheirBitsAllow(double share, double zeros) {
        Layer layer = Layer.random(device, arena, 10, 40, 128, 300);
        Matrix w = layer.copyOfW(arena);
        Quantisation how = new Quantisation.Grid(2, true, 0, Dtype.F32);
        SolverOptions options =
                SolverOptions.of(new Sparsity.Unstructured(share))
                        .withExactCount(true)
                        .withQuantisation(how);

        SparseGptSolver.solve(device, "layer", w, layer.h(), options);

        Set<Float> levels = new HashSet<>();
        for (long c = 0; c < 128; c++) {
            levels.add(w.get(11, c));
        }
        assertThat(levels).hasSizeLessThanOrEqualTo(4);
        assertThat((double) device.pruning().countZeros(w)).isGreaterThanOrEqualTo(zeros * 5120);
    }
}
