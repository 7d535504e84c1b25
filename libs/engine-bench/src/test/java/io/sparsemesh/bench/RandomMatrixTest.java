package io.sparsemesh.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class RandomMatrixTest {

    private static final int ROWS = 64;
    private static final int COLS = 4096;

    /// Of independent rows the correlation has a deviation of 1/64, at any shift.
    @Test
    void noRowIsAnotherOneShifted() {
        try (Device device = Devices.open("cpu", 1);
                Arena arena = Arena.ofConfined()) {
            Matrix m = RandomMatrix.normal(device, arena, 7, ROWS, COLS, _ -> 1);
            for (int row = 1; row < ROWS; row++) {
                for (int shift = -2; shift <= 2; shift++) {
                    assertThat(correlation(m, row - 1, row, shift))
                            .as("rows %d and %d, shifted by %d", row - 1, row, shift)
                            .isBetween(-0.1, 0.1);
                }
            }
        }
    }

    private static double correlation(Matrix m, int a, int b, int shift) {
        double sum = 0;
        for (int c = 2; c < COLS - 2; c++) {
            sum += m.get(a, c + shift) * m.get(b, c);
        }
        return sum / COLS;
    }
}
