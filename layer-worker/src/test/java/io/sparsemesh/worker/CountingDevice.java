package io.sparsemesh.worker;

import io.sparsemesh.engine.device.Blas;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.NeuralOps;
import io.sparsemesh.engine.device.PruningOps;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// A device that counts the bytes of the matrices that are alive on it.
final class CountingDevice implements Device {

    private final Device device;
    private final List<Matrix> alive = new ArrayList<>();
    private long peak;

    CountingDevice(Device device) {
        this.device = device;
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
        return count(device.allocate(arena, rows, cols));
    }

    @Override
    public Matrix scratch(Arena arena, long rows, long cols) {
        return count(device.scratch(arena, rows, cols));
    }

    @Override
    public String name() {
        return device.name();
    }

    @Override
    public void upload(Matrix host, Matrix target) {
        device.upload(host, target);
    }

    @Override
    public void download(Matrix source, Matrix host) {
        device.download(source, host);
    }

    @Override
    public Blas blas() {
        return device.blas();
    }

    @Override
    public NeuralOps neural() {
        return device.neural();
    }

    @Override
    public PruningOps pruning() {
        return device.pruning();
    }

    @Override
    public void close() {
        device.close();
    }
}
