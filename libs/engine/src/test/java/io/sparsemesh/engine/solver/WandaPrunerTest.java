package io.sparsemesh.engine.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WandaPrunerTest {

    private static final SolverOptions HALF = SolverOptions.of(new Sparsity.Unstructured(0.5));

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

    @ParameterizedTest
    @CsvSource({"1, 1, 0.5, 0", "40, 129, 0.5, 64", "5, 173, 0.6, 103", "7, 128, 0, 0"})
    void eachRowLosesExactlyItsShare(int rows, int cols, double share, int zeros) {
        Layer layer = Layer.random(device, arena, 1, rows, cols, 2 * cols);
        Matrix w = layer.copyOfW(arena);

        LayerStats stats =
                WandaPruner.prune(
                        device,
                        "layer",
                        w,
                        layer.h(),
                        SolverOptions.of(new Sparsity.Unstructured(share)));

        for (int row = 0; row < rows; row++) {
            assertThat(device.pruning().countZeros(w.rows(row, row + 1))).isEqualTo(zeros);
        }
        assertThat(stats.zeros()).isEqualTo((long) rows * zeros);
    }

    @Test
    void choiceFollowsTheNormsOfTheInputsAndTheErrorIsMeasured() {
        Layer layer = Layer.random(device, arena, 2, 30, 100, 400);
        Matrix w = layer.copyOfW(arena);

        LayerStats stats = WandaPruner.prune(device, "layer", w, layer.h(), HALF);

        for (int row = 0; row < 30; row++) {
            double largestDropped = 0;
            double smallestKept = Double.MAX_VALUE;
            for (int c = 0; c < 100; c++) {
                double saliency = Math.abs(layer.w().get(row, c)) * norm(layer.x(), c);
                if (w.get(row, c) == 0) {
                    largestDropped = Math.max(largestDropped, saliency);
                } else {
                    assertThat(w.get(row, c)).isEqualTo(layer.w().get(row, c));
                    smallestKept = Math.min(smallestKept, saliency);
                }
            }
            assertThat(largestDropped).isLessThan(smallestKept * (1 + 1e-5));
        }
        double error = layer.relativeError(w);
        assertThat(stats.relativeOutputError().orElseThrow())
                .isEqualTo(error, offset(1e-4 * error));
    }

    private static double norm(Matrix x, int c) {
        double sum = 0;
        for (long t = 0; t < x.rows(); t++) {
            sum += (double) x.get(t, c) * x.get(t, c);
        }
        return Math.sqrt(sum);
    }

    @Test
    void weightsOfDeadInputsGoFirst() {
        Layer layer = Layer.random(device, arena, 3, 20, 64, 200);
        for (int t = 0; t < 200; t++) {
            layer.x().set(t, 17, 0);
        }
        Matrix w = layer.copyOfW(arena);

        WandaPruner.prune(
                device,
                "layer",
                w,
                Layer.gram(device, arena, layer.x()),
                SolverOptions.of(new Sparsity.Unstructured(1.0 / 64)));

        assertThat(w.columns(17, 18).toArray()).containsOnly(0f);
        assertThat(device.pruning().countZeros(w)).isEqualTo(20);
    }

    @Test
    void gramMatrixThatIsNotFiniteIsNamed() {
        Layer layer = Layer.random(device, arena, 3, 5, 20, 50);
        layer.h().set(4, 4, Float.POSITIVE_INFINITY);

        assertThatThrownBy(() -> WandaPruner.prune(device, "fc1", layer.w(), layer.h(), HALF))
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining("[fc1] Gram matrix")
                .hasMessageContaining("row 4, column 4");
    }
}
