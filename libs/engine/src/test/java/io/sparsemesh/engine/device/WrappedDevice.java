package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;

/// A device that does what another does, which is closed with it.
public abstract class WrappedDevice implements Device {

    private final Device device;

    protected WrappedDevice(Device device) {
        this.device = device;
    }

    @Override
    public Matrix allocate(Arena arena, long rows, long cols) {
        return device.allocate(arena, rows, cols);
    }

    @Override
    public Matrix scratch(Arena arena, long rows, long cols) {
        return device.scratch(arena, rows, cols);
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
