package io.sparsemesh.engine.device;

import java.util.Optional;

/// A device whose operations another one runs, which it owns.
abstract class RelayedDevice implements Device {

    private final String kind;
    private final Device to;
    private final Blas blas;
    private final NeuralOps neural;
    private final PruningOps pruning;

    /// @param kind first word of the name
    RelayedDevice(String kind, Device to, Passage passage) {
        this.kind = kind;
        this.to = to;
        blas = new RelayedBlas(to.blas(), passage);
        neural = new RelayedNeuralOps(to.neural(), passage);
        pruning = new RelayedPruningOps(to.pruning(), passage);
    }

    @Override
    public String name() {
        return kind + ": " + to.name();
    }

    @Override
    public Optional<DeviceMemory> memory() {
        return to.memory();
    }

    @Override
    public Optional<Accelerator> accelerator() {
        return to.accelerator();
    }

    @Override
    public long batchTokens() {
        return to.batchTokens();
    }

    @Override
    public void finish() {
        to.finish();
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
        to.close();
    }
}
