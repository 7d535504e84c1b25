package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// A device that is opened for each test, and matrices in its memory, which the tests read and
/// write: a device with memory of its own comes inside a [MirrorDevice].
public abstract class OnDevice {

    private final Arena arena = Arena.ofShared();
    private Device device;

    /// Opens the device; it is closed after the test.
    protected abstract Device open();

    @BeforeEach
    protected void openDevice() {
        device = open();
    }

    @AfterEach
    protected void closeDevice() {
        device.close();
        arena.close();
    }

    protected Device device() {
        return device;
    }

    protected Arena arena() {
        return arena;
    }

    /// A view into a wider matrix, so that strides are part of every test.
    protected Matrix random(long seed, long rows, long cols) {
        Random random = new Random(seed);
        Matrix matrix = allocate(rows, cols);
        for (long r = 0; r < rows; r++) {
            for (long c = 0; c < cols; c++) {
                matrix.set(r, c, (float) random.nextGaussian());
            }
        }
        return matrix;
    }

    protected Matrix allocate(long rows, long cols) {
        return device.allocate(arena, rows + 1, cols + 3).view(1, 2, rows, cols);
    }

    protected Matrix filled(long rows, long cols, float value) {
        Matrix matrix = allocate(rows, cols);
        for (long row = 0; row < rows; row++) {
            for (long c = 0; c < cols; c++) {
                matrix.set(row, c, value);
            }
        }
        return matrix;
    }
}
