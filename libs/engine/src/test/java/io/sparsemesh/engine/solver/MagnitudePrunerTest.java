package io.sparsemesh.engine.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MagnitudePrunerTest {

    private static final SolverOptions HALF = SolverOptions.of(new Sparsity.Unstructured(0.5));

    @ParameterizedTest
    @CsvSource({"1,1,1,0", "127,129,8192,8191", "300,40,6001,6000"})
    void parityDropsOneMoreThanTheExactCount(int rows, int cols, long parity, long exact) {
        try (Device device = Devices.open("cpu", 2);
                Arena arena = Arena.ofShared()) {
            Layer layer = Layer.random(device, arena, 1, rows, cols, 10);

            LayerStats withParity =
                    MagnitudePruner.prune(
                            device, "layer", layer.copyOfW(arena), Optional.empty(), HALF);
            LayerStats withExactCount =
                    MagnitudePruner.prune(
                            device,
                            "layer",
                            layer.copyOfW(arena),
                            Optional.empty(),
                            HALF.withExactCount(true));

            assertThat(withParity.zeros()).isEqualTo(parity);
            assertThat(withExactCount.zeros()).isEqualTo(exact);
            assertThat(withExactCount.relativeOutputError()).isEmpty();
        }
    }

    @Test
    void keptWeightsStayAndNoneIsSmallerThanADroppedOne() {
        try (Device device = Devices.open("cpu", 2);
                Arena arena = Arena.ofShared()) {
            Layer layer = Layer.random(device, arena, 2, 50, 200, 400);
            Matrix w = layer.copyOfW(arena);

            LayerStats stats =
                    MagnitudePruner.prune(device, "layer", w, Optional.of(layer.h()), HALF);

            float largestDropped = 0;
            float smallestKept = Float.MAX_VALUE;
            for (int r = 0; r < 50; r++) {
                for (int c = 0; c < 200; c++) {
                    float before = layer.w().get(r, c);
                    if (w.get(r, c) == 0) {
                        largestDropped = Math.max(largestDropped, Math.abs(before));
                    } else {
                        assertThat(w.get(r, c)).isEqualTo(before);
                        smallestKept = Math.min(smallestKept, Math.abs(before));
                    }
                }
            }
            assertThat(largestDropped).isLessThan(smallestKept);
            double error = layer.relativeError(w);
            assertThat(stats.relativeOutputError().orElseThrow())
                    .isEqualTo(error, offset(1e-5 * error));
        }
    }

    @Test
    void weightThatIsNotFiniteIsNamed() {
        try (Device device = Devices.open("cpu", 1);
                Arena arena = Arena.ofShared()) {
            Matrix w = Layer.random(device, arena, 2, 5, 20, 10).w();
            w.set(4, 19, Float.NEGATIVE_INFINITY);

            assertThatThrownBy(
                            () -> MagnitudePruner.prune(device, "layer", w, Optional.empty(), HALF))
                    .isInstanceOf(NumericalException.class)
                    .hasMessageContaining("row 4, column 19");
        }
    }
}
