package io.sparsemesh.engine.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GramAccumulatorTest {

    private static final int COLS = 40;
    private static final int LENGTH = 16;

    @Test
    void combinedShardsAreTwiceTheMeanOverSequences() {
        try (Device device = Devices.open("cpu", 2);
                Arena arena = Arena.ofShared()) {
            Matrix x = random(arena, 6 * LENGTH);
            List<Matrix> partials = new ArrayList<>();
            for (int shard = 0; shard < 3; shard++) {
                GramAccumulator gram =
                        new GramAccumulator(device, device.allocate(arena, COLS, COLS));
                gram.add(x.rows(shard * 2L * LENGTH, (shard * 2L + 1) * LENGTH), 1);
                gram.add(x.rows((shard * 2L + 1) * LENGTH, (shard * 2L + 2) * LENGTH), 1);
                assertThat(gram.sequences()).isEqualTo(2);
                partials.add(gram.partial());
            }
            Matrix h = device.allocate(arena, COLS, COLS);

            GramAccumulator.combine(device, partials, 6, h);

            for (int i = 0; i < COLS; i++) {
                for (int j = 0; j < COLS; j++) {
                    double sum = 0;
                    for (int t = 0; t < x.rows(); t++) {
                        sum += (double) x.get(t, i) * x.get(t, j);
                    }
                    assertThat((double) h.get(i, j)).isEqualTo(sum * 2 / 6, offset(1e-4));
                }
            }
        }
    }

    @Test
    void combiningNothingIsRefused() {
        try (Device device = Devices.open("cpu", 1);
                Arena arena = Arena.ofShared()) {
            Matrix h = Matrix.allocate(arena, 2, 2);
            assertThatThrownBy(() -> GramAccumulator.combine(device, List.of(), 4, h))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("at least one shard");
        }
    }

    private static Matrix random(Arena arena, long tokens) {
        Random random = new Random(1);
        Matrix x = Matrix.allocate(arena, tokens, COLS);
        for (long t = 0; t < tokens; t++) {
            for (int c = 0; c < COLS; c++) {
                x.set(t, c, (float) random.nextGaussian());
            }
        }
        return x;
    }
}
