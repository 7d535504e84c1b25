package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;

/// Every operation as its formula says, in plain loops with sums in double: slow, and what the
/// other devices are compared with.
public final class NaiveDevice implements Device {

    private final Blas blas = new NaiveBlas();
    private final NeuralOps neural = new NaiveNeuralOps();
    private final PruningOps pruning = new NaivePruningOps();

    @Override
    public String name() {
        return "naive: plain loops";
    }

    @Override
    public Matrix allocate(Arena arena, long rows, long cols) {
        return Matrix.allocate(arena, rows, cols);
    }

    @Override
    public Matrix scratch(Arena arena, long rows, long cols) {
        Matrix matrix = allocate(arena, rows, cols);
        matrix.data().fill((byte) 0xff);
        return matrix;
    }

    @Override
    public void upload(Matrix host, Matrix device) {
        device.copyFrom(host);
    }

    @Override
    public void download(Matrix device, Matrix host) {
        host.copyFrom(device);
    }

    @Override
    public Blas blas() {
        return blas;
    }

    @Override
    public NeuralOps neural() {
        return neural;
    }

    @Override
    public PruningOps pruning() {
        return pruning;
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
