package io.sparsemesh.cuda;

import io.sparsemesh.cuda.cublas.Cublas;
import io.sparsemesh.cuda.cublas.Operand;
import io.sparsemesh.cuda.driver.CudaContext;
import io.sparsemesh.cuda.driver.Kernel;
import io.sparsemesh.engine.device.DeviceException;
import io.sparsemesh.engine.device.DeviceMemory;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongSupplier;

/// What the operations of a [CudaDevice] share: a GPU, cuBLAS on it, and the kernels.
final class Gpu implements AutoCloseable {

    /// What NVIDIA recommends for Hopper's cuBLAS.
    private static final long WORKSPACE = 32L << 20;

    private final Arena own = Arena.ofShared();
    private final CudaContext context;
    private final Cublas cublas;
    private final Kernels kernels;
    private final Losses losses;
    private final TensorLoader tensors;

    Gpu(int ordinal) {
        context = new CudaContext(ordinal);
        try {
            context.enter();
            cublas = new Cublas(context.stream().handle(), context.pool().lend(own, WORKSPACE));
            kernels = new Kernels(context);
            losses = new Losses(this, own);
            tensors = new TensorLoader(this, own);
        } catch (RuntimeException e) {
            // Where a library is missing the process may go on without the GPU.
            own.close();
            context.close();
            throw e;
        }
    }

    CudaContext context() {
        return context;
    }

    Cublas cublas() {
        context.enter();
        return cublas;
    }

    /// As [Cublas#multiply].
    void multiply(
            long m, long n, long k, double alpha, Operand a, Operand b, double beta, Operand c) {
        Cublas ready = cublas();
        context.profile()
                .run(
                        "product " + a.type() + " k=" + k,
                        context.stream(),
                        () -> ready.multiply(m, n, k, alpha, a, b, beta, c));
    }

    /// As [Kernels#prepare].
    void prepare() {
        kernels.prepare();
    }

    Kernel kernel(String source, String name) {
        return kernels.kernel(source, name);
    }

    TensorLoader tensors() {
        return tensors;
    }

    Losses losses() {
        return losses;
    }

    /// Memory whose contents are not specified.
    Matrix scratch(Arena arena, long rows, long cols) {
        long bytes = Math.max(rows * cols, 1) * Float.BYTES;
        return Matrix.of(context.pool().lend(arena, bytes), rows, cols);
    }

    /// Host memory as it is now, on the device.
    Matrix uploaded(Arena arena, MemorySegment host) {
        long floats = Math.ceilDiv(host.byteSize(), Float.BYTES);
        Matrix device = scratch(arena, 1, floats);
        context.transfers().upload(Matrix.of(host, 1, floats), device);
        return device;
    }

    /// The first 8 bytes of device memory, after all operations given so far.
    long readLong(Matrix device) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix host = Matrix.allocate(arena, 1, 2);
            context.transfers().download(Matrix.of(device.data(), 1, 2), host);
            return host.data().get(ValueLayout.JAVA_LONG, 0);
        }
    }

    double readDouble(Matrix device) {
        return Double.longBitsToDouble(readLong(device));
    }

    /// 8 bytes of device memory with that value.
    Matrix cell(Arena arena, LongSupplier value) {
        MemorySegment host = arena.allocate(ValueLayout.JAVA_LONG);
        host.set(ValueLayout.JAVA_LONG, 0, value.getAsLong());
        return uploaded(arena, host);
    }

    DeviceMemory memory() {
        return context.memory();
    }

    private boolean isUsable() {
        try {
            context.synchronize();
            return true;
        } catch (DeviceException e) {
            if (e.isLost()) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        if (!isUsable()) {
            return; // What a lost device held goes with the process.
        }
        cublas.close();
        own.close();
        context.close();
    }
}
