package io.sparsemesh.engine.device;

import io.sparsemesh.engine.device.memory.MemoryPool;
import io.sparsemesh.engine.device.openblas.OpenBlas;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;

/// The CPU: OpenBLAS under tiles of our own, in native memory.
public final class CpuDevice implements Device {

    private static final String VECTORS = "jdk.incubator.vector";

    /// Memory from this size on is pooled.
    private static final long POOLED_BYTES = 1 << 20;

    /// What the pool may keep: the scratch memory of one layer of 4096 x 4096.
    private static final long POOL_CAPACITY = 256L << 20;

    private final MemoryPool pool = new MemoryPool(POOL_CAPACITY);
    private final Tiles tiles;
    private final OpenBlas openBlas;
    private final CpuBlas blas;
    private final NeuralOps neural;
    private final PruningOps pruning;

    /// @param threads number of threads that work on one operation, the caller's included
    /// @throws DeviceException when OpenBLAS or the Vector API cannot be used, with the reason
    public CpuDevice(int threads) {
        openBlas = openBlas();
        tiles = new Tiles(threads);
        blas = new CpuBlas(openBlas, tiles);
        neural = new CpuNeuralOps(tiles, blas);
        pruning = new CpuPruningOps(blas, tiles);
    }

    private static OpenBlas openBlas() {
        if (ModuleLayer.boot().findModule(VECTORS).isEmpty()) {
            throw new DeviceException(
                    "open cpu",
                    0,
                    "no Vector API: expected Java started with --add-modules=" + VECTORS);
        }
        try {
            return OpenBlas.get();
        } catch (IllegalStateException e) {
            throw new DeviceException("open cpu", 0, e.getMessage(), e);
        }
    }

    @Override
    public String name() {
        return "cpu: %s, %s, %d threads"
                .formatted(System.getProperty("os.arch"), openBlas.config(), tiles.threads());
    }

    @Override
    public Matrix allocate(Arena arena, long rows, long cols) {
        Matrix matrix = scratch(arena, rows, cols);
        matrix.data().fill((byte) 0);
        return matrix;
    }

    @Override
    public Matrix scratch(Arena arena, long rows, long cols) {
        long bytes = rows * cols * Float.BYTES;
        return bytes < POOLED_BYTES
                ? Matrix.allocate(arena, rows, cols)
                : Matrix.of(pool.lend(arena, bytes), rows, cols);
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
        tiles.close();
        pool.close();
    }
}
