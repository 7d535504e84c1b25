package io.sparsemesh.engine.device;

import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.engine.device.memory.MemoryPool;
import io.sparsemesh.engine.device.natives.OpenBlas;
import io.sparsemesh.engine.device.natives.Products;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The CPU: OpenBLAS and oneDNN under tiles of our own, in native memory.
public final class CpuDevice implements Device {

    private static final String VECTORS = "jdk.incubator.vector";

    /// Matrices of this many elements or more are pooled.
    private static final long POOLED = 1 << 18;

    /// Rows at a distance of a multiple of this many floats compete for the same few lines of a
    /// cache when a column is walked; scratch memory has its rows a little farther apart.
    private static final long FAR_POWER = 512;

    private static final long PADDING = 16;

    /// Elements that a thread converts at a time.
    private static final long LOADED = 1 << 16;

    /// Bytes that a thread clears at a time.
    private static final long CLEARED = 4 << 20;

    /// What the pool may keep: the scratch memory of one layer of 4096 x 4096.
    private static final long POOL_CAPACITY = 256L << 20;

    private final MemoryPool pool = new MemoryPool(POOL_CAPACITY);
    private final Tiles tiles;
    private final OpenBlas openBlas;
    private final Products products;
    private final CpuBlas blas;
    private final NeuralOps neural;
    private final PruningOps pruning;

    /// @param threads number of threads that work on one operation, the caller's included
    /// @throws DeviceException when a library or the Vector API cannot be used, with the reason
    public CpuDevice(int threads) {
        this(threads, System.getenv().getOrDefault(Products.VARIABLE, ""));
    }

    /// @param wish for the library of products, see [Products#of]
    CpuDevice(int threads, String wish) {
        checkVectorApi();
        try {
            openBlas = OpenBlas.get();
            products = Products.of(openBlas, Lanes.COUNT * Float.SIZE, wish);
        } catch (IllegalStateException e) {
            throw new DeviceException("open cpu", 0, e.getMessage(), e);
        }
        tiles = new Tiles(threads);
        blas = new CpuBlas(openBlas, products.library(), tiles);
        neural = new CpuNeuralOps(tiles, blas);
        pruning = new CpuPruningOps(blas, tiles);
    }

    private static void checkVectorApi() {
        if (ModuleLayer.boot().findModule(VECTORS).isEmpty()) {
            throw new DeviceException(
                    "open cpu",
                    0,
                    "no Vector API: expected Java started with --add-modules=" + VECTORS);
        }
    }

    @Override
    public String name() {
        return "cpu: %s, %s, products by %s, %d threads"
                .formatted(
                        System.getProperty("os.arch"),
                        openBlas.config(),
                        products.name(),
                        tiles.threads());
    }

    @Override
    public Matrix allocate(Arena arena, long rows, long cols) {
        if (rows * cols < POOLED) {
            return Matrix.allocate(arena, rows, cols);
        }
        MemorySegment memory = pool.lend(arena, rows * cols * Float.BYTES);
        Split split = Split.of(rows * cols * Float.BYTES, CLEARED, Matrix.ALIGNMENT);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    long from = split.from(tile);
                    memory.asSlice(from, split.to(tile) - from).fill((byte) 0);
                });
        return Matrix.of(memory, rows, cols);
    }

    @Override
    public Matrix scratch(Arena arena, long rows, long cols) {
        if (rows * cols < POOLED) {
            return Matrix.allocate(arena, rows, cols);
        }
        long stride = cols % FAR_POWER == 0 ? cols + PADDING : cols;
        return new Matrix(pool.lend(arena, rows * stride * Float.BYTES), rows, cols, stride);
    }

    /// Converted straight into their place, by all threads.
    @Override
    public Loaded load(Arena arena, Tensor tensor, long rows, long cols) {
        Matrix target = scratch(arena, rows, cols);
        Split split = Split.of(rows, Math.max(LOADED / Math.max(cols, 1), 1), 1);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    for (long row = split.from(tile); row < split.to(tile); row++) {
                        tensor.readF32(row * cols, target.row(row), 0, cols);
                    }
                });
        return new Loaded(target, pruning.firstNonFinite(target));
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
