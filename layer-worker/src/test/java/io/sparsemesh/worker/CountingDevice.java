package io.sparsemesh.worker;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.WrappedDevice;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// A device that counts the bytes of the matrices that are alive on it.
final class CountingDevice extends WrappedDevice {

    private final List<Matrix> alive = new ArrayList<>();
    private long peak;

    CountingDevice(Device device) {
        super(device);
    }

    /// The most since the last call, what was alive then included.
    long takePeak() {
        long taken = peak;
        peak = bytes();
        return taken;
    }

    private synchronized long bytes() {
        alive.removeIf(matrix -> !matrix.data().scope().isAlive());
        return alive.stream().mapToLong(m -> m.rows() * m.cols() * Float.BYTES).sum();
    }

    private synchronized Matrix count(Matrix matrix) {
        alive.add(matrix);
        peak = Math.max(peak, bytes());
        return matrix;
    }

    @Override
    public Matrix allocate(Arena arena, long rows, long cols) {
        return count(super.allocate(arena, rows, cols));
    }

    @Override
    public Matrix scratch(Arena arena, long rows, long cols) {
        return count(super.scratch(arena, rows, cols));
    }
}
