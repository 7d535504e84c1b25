package io.sparsemesh.engine.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;
import static org.assertj.core.data.Percentage.withPercentage;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.Rounding;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Refitted weights against the exact ones, solved for each row by itself in double.
class RefitSolverTest {

    private static final RefitOptions LONG = new RefitOptions(0, 400, 0, 0);

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

    private static SolverOptions options(String pattern) {
        int colon = pattern.indexOf(':');
        return SolverOptions.of(
                colon < 0
                        ? new Sparsity.Unstructured(Double.parseDouble(pattern))
                        : new Sparsity.NOutOfM(
                                Integer.parseInt(pattern.substring(0, colon)),
                                Integer.parseInt(pattern.substring(colon + 1))));
    }

    private GramFactor factor(Layer layer, SolverOptions options) {
        return GramFactor.of(device, arena, "test", layer.h(), options);
    }

    @ParameterizedTest
    @CsvSource({"5, 1, 0.5", "20, 127, 0.5", "20, 128, 2:4", "9, 129, 0.7", "12, 150, 4:8"})
    void manyStepsGiveTheBestWeightsOfTheMask(int rows, int cols, String pattern) {
        Layer layer = Layer.random(device, arena, 3, rows, cols, 3 * cols);
        SolverOptions options = options(pattern);
        GramFactor factor = factor(layer, options);
        Matrix plain = layer.copyOfW(arena);
        SparseGptSolver.solve(device, "test", plain, factor, options);
        Matrix fitted = layer.copyOfW(arena);

        RefitResult result =
                new RefitSolver(device, factor, options, LONG)
                        .solve("test", fitted, Optional.empty());

        double[][] best = best(Layer.toDouble(layer.w()), Layer.toDouble(plain), damped(factor));
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                assertThat((double) fitted.get(r, c))
                        .as("(%d, %d)", r, c)
                        .isEqualTo(best[r][c], offset(2e-3));
            }
        }
        assertThat(result.refit().errorAfter())
                .isLessThanOrEqualTo(result.refit().errorBefore() * (1 + 1e-5));
        assertThat(result.solve().stats().relativeOutputError().orElseThrow())
                .isEqualTo(layer.relativeError(fitted), offset(1e-4));
    }

    private static double[][] damped(GramFactor factor) {
        double[][] h = Layer.toDouble(factor.h());
        for (int c = 0; c < h.length; c++) {
            h[c][c] += factor.damping();
        }
        return h;
    }

    /// For each row the weights on its mask that solve `H_SS q_S = (T H)_S`.
    private static double[][] best(double[][] target, double[][] mask, double[][] h) {
        double[][] best = new double[target.length][h.length];
        for (int r = 0; r < target.length; r++) {
            double[] row = mask[r];
            int[] kept = IntStream.range(0, h.length).filter(c -> row[c] != 0).toArray();
            double[] solved = solve(kept, target[r], h);
            for (int i = 0; i < kept.length; i++) {
                best[r][kept[i]] = solved[i];
            }
        }
        return best;
    }

    private static double[] solve(int[] kept, double[] target, double[][] h) {
        int n = kept.length;
        double[][] a = new double[n][n + 1];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                a[i][j] = h[kept[i]][kept[j]];
            }
            for (int c = 0; c < target.length; c++) {
                a[i][n] += target[c] * h[c][kept[i]];
            }
        }
        for (int k = 0; k < n; k++) {
            for (int i = k + 1; i < n; i++) {
                double factor = a[i][k] / a[k][k];
                for (int j = k; j <= n; j++) {
                    a[i][j] -= factor * a[k][j];
                }
            }
        }
        double[] x = new double[n];
        for (int i = n - 1; i >= 0; i--) {
            double sum = a[i][n];
            for (int j = i + 1; j < n; j++) {
                sum -= a[i][j] * x[j];
            }
            x[i] = sum / a[i][i];
        }
        return x;
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "5"})
    void fewStepsLowerTheErrorOfTheSameMask(int steps) {
        Layer layer = Layer.random(device, arena, 4, 40, 200, 500);
        SolverOptions options = options("2:4");
        GramFactor factor = factor(layer, options);
        Matrix plain = layer.copyOfW(arena);
        SparseGptSolver.solve(device, "test", plain, factor, options);
        Matrix fitted = layer.copyOfW(arena);

        RefitResult result =
                new RefitSolver(device, factor, options, new RefitOptions(0, steps, 0, 0))
                        .solve("test", fitted, Optional.empty());

        assertThat(result.refit().kept()).isTrue();
        assertThat(result.refit().iterations()).isEqualTo(steps);
        assertThat(layer.relativeError(fitted)).isLessThan(layer.relativeError(plain));
        assertThat(result.refit().errorAfter())
                .isCloseTo(dampedError(layer, fitted, factor), withPercentage(0.01));
        for (int r = 0; r < 40; r++) {
            for (int c = 0; c < 200; c++) {
                assertThat(fitted.get(r, c) == 0).isEqualTo(plain.get(r, c) == 0);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0.5, 1", "0.7, 2", "2:4, 1", "4:8, 3"})
    void anotherMaskOfAsManyWeightsIsTakenWhereItIsBetter(String pattern, int reselections) {
        Layer layer = Layer.random(device, arena, 4, 40, 300, 500);
        SolverOptions options = options(pattern).withExactCount(true);
        GramFactor factor = factor(layer, options);
        Matrix first = layer.copyOfW(arena);
        Matrix again = layer.copyOfW(arena);

        RefitReport kept = refit(factor, options, first, 0).refit();
        RefitResult result = refit(factor, options, again, reselections);

        assertThat(again.toArray()).isNotEqualTo(first.toArray());
        assertThat(result.refit().errorBefore()).isEqualTo(kept.errorBefore());
        assertThat(result.refit().errorAfter())
                .isLessThan(kept.errorAfter())
                .isCloseTo(dampedError(layer, again, factor), withPercentage(0.01));
        assertThat(result.solve().stats().relativeOutputError().orElseThrow())
                .isEqualTo(layer.relativeError(again), offset(1e-4));
        for (int c = 0; c < 300; c += 128) {
            long end = Math.min(c + 128, 300);
            assertThat(device.pruning().countZeros(again.columns(c, end)))
                    .isEqualTo(device.pruning().countZeros(first.columns(c, end)));
        }
        if (options.sparsity() instanceof Sparsity.NOutOfM groups) {
            assertThat(mostKept(again, groups.group())).isEqualTo(groups.kept());
        }
    }

    private RefitResult refit(GramFactor factor, SolverOptions options, Matrix w, int times) {
        RefitOptions how = new RefitOptions(0, 2, 0, times);
        return new RefitSolver(device, factor, options, how).solve("test", w, Optional.empty());
    }

    private static long mostKept(Matrix w, int group) {
        long most = 0;
        for (int r = 0; r < w.rows(); r++) {
            for (int c = 0; c < w.cols(); c += group) {
                int row = r;
                int end = Math.min(c + group, (int) w.cols());
                long kept = IntStream.range(c, end).filter(i -> w.get(row, i) != 0).count();
                most = Math.max(most, kept);
            }
        }
        return most;
    }

    /// In double.
    private static double dampedError(Layer layer, Matrix found, GramFactor factor) {
        double[][] w = Layer.toDouble(layer.w());
        double[][] lost = Layer.toDouble(found);
        for (int r = 0; r < w.length; r++) {
            for (int c = 0; c < w[r].length; c++) {
                lost[r][c] -= w[r][c];
            }
        }
        return energy(lost, damped(factor)) / energy(w, Layer.toDouble(factor.h()));
    }

    private static double energy(double[][] w, double[][] h) {
        double energy = 0;
        for (double[] row : w) {
            for (int i = 0; i < h.length; i++) {
                for (int j = 0; j < h.length; j++) {
                    energy += row[i] * h[i][j] * row[j];
                }
            }
        }
        return energy;
    }

    @Test
    void toleranceEndsItEarly() {
        Layer layer = Layer.random(device, arena, 4, 40, 200, 500);
        SolverOptions options = options("0.5");

        RefitResult result =
                new RefitSolver(
                                device,
                                factor(layer, options),
                                options,
                                new RefitOptions(0, 400, 0.1, 0))
                        .solve("test", layer.copyOfW(arena), Optional.empty());

        assertThat(result.refit().iterations()).isBetween(1, 100);
    }

    @Test
    void weightsStayWhereNothingIsGained() {
        Layer layer = Layer.random(device, arena, 6, 30, 64, 200);
        SolverOptions options = options("0.0").withExactCount(true);
        Matrix w = layer.copyOfW(arena);

        RefitResult result =
                new RefitSolver(device, factor(layer, options), options, LONG)
                        .solve("test", w, Optional.empty());

        assertThat(result.refit().kept()).isFalse();
        assertThat(Layer.toDouble(w)).isDeepEqualTo(Layer.toDouble(layer.w()));
    }

    @Test
    void roundedWeightsLieOnTheirGridAndZerosStay() {
        Layer layer = Layer.random(device, arena, 7, 40, 200, 500);
        Quantisation.Grid how = new Quantisation.Grid(4, true, 32, Dtype.F32);
        SolverOptions options = options("2:4").withQuantisation(how);
        GramFactor factor = factor(layer, options);
        Rounding.Grid grid = how.span(device, arena, layer.w());
        Matrix plain = layer.copyOfW(arena);
        SparseGptSolver.solve(device, "test", plain, factor, options);
        Matrix fitted = layer.copyOfW(arena);

        RefitResult result =
                new RefitSolver(device, factor, options, new RefitOptions(0, 10, 0, 0))
                        .solve("test", fitted, Optional.empty());

        assertThat(result.refit().kept()).isTrue();
        assertThat(layer.relativeError(fitted)).isLessThan(layer.relativeError(plain));
        assertThat(result.refit().errorAfter())
                .isCloseTo(dampedError(layer, fitted, factor), withPercentage(0.01));
        for (int r = 0; r < 40; r++) {
            for (int c = 0; c < 200; c++) {
                double steps = fitted.get(r, c) / (double) grid.scale().get(grid.group(c), r);
                assertThat(steps).isEqualTo(Math.rint(steps), offset(1e-3));
            }
            for (int c = 0; c < 200; c += 4) {
                int row = r;
                int left = c;
                assertThat(IntStream.range(c, c + 4).filter(i -> fitted.get(row, i) != 0).count())
                        .as("row %d, group at %d", row, left)
                        .isLessThanOrEqualTo(2);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 0.5", "127, 0.5", "129, 1", "300, 0.25", "700, 0.5"})
    void correctionTimesTheGramMatrixIsTheDifference(int cols, double mix) {
        Layer layer = Layer.random(device, arena, 8, 3, cols, 2 * cols);
        Layer other = Layer.random(device, arena, 9, 3, cols, 2 * cols);
        GramFactor factor = factor(layer, options("0.5"));
        Matrix cross = device.allocate(arena, cols, cols);
        device.blas().transposedMultiply(0.5f, other.x(), layer.x(), 0, cross);
        double[][] c = Layer.toDouble(cross);

        double[][] k = Layer.toDouble(DenseTarget.correction(device, arena, factor, cross, mix));

        double[][] h = damped(factor);
        double[][] gram = Layer.toDouble(layer.h());
        double largest = 0;
        for (double[] row : c) {
            for (double value : row) {
                largest = Math.max(largest, Math.abs(value));
            }
        }
        for (int i = 0; i < cols; i++) {
            for (int j = 0; j < cols; j++) {
                double sum = 0;
                for (int l = 0; l < cols; l++) {
                    sum += k[i][l] * h[l][j];
                }
                assertThat(sum)
                        .as("(%d, %d)", i, j)
                        .isEqualTo(mix * (c[i][j] - gram[i][j]), offset(1e-4 * largest));
            }
        }
    }

    @Test
    void weightsOfDeadInputsGo() {
        Layer layer = Layer.random(device, arena, 10, 20, 60, 200);
        for (int i = 0; i < 60; i++) {
            layer.h().set(7, i, 0);
            layer.h().set(i, 7, 0);
        }
        SolverOptions options = options("0.5");
        Matrix w = layer.copyOfW(arena);

        new RefitSolver(device, factor(layer, options), options, LONG)
                .solve("test", w, Optional.empty());

        for (int r = 0; r < 20; r++) {
            assertThat(w.get(r, 7)).isZero();
        }
        assertThat(device.pruning().firstNonFinite(w)).isEmpty();
    }
}
