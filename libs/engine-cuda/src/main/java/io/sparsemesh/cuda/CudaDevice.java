package io.sparsemesh.cuda;

import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.cuda.cublas.Type;
import io.sparsemesh.cuda.driver.DeviceFacts;
import io.sparsemesh.engine.device.Accelerator;
import io.sparsemesh.engine.device.Blas;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.DeviceMemory;
import io.sparsemesh.engine.device.Loaded;
import io.sparsemesh.engine.device.NeuralOps;
import io.sparsemesh.engine.device.Operands;
import io.sparsemesh.engine.device.PruningOps;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.OptionalDouble;

/// An NVIDIA GPU: products by cuBLAS, all else by kernels of its own. Operations are given to the
/// GPU and run there in order; what reads a result waits for it.
///
/// The host cannot touch the memory of its matrices: [#upload] and [#download] cross.
public final class CudaDevice implements Device {

    /// A block's weights are rounded once for each batch: the larger it is, the less that counts.
    private static final long BATCH_TOKENS = 16_384;

    private final Gpu gpu;
    private final boolean owner;
    private final Blas blas;
    private final NeuralOps neural;
    private final PruningOps pruning;

    /// @param ordinal which of the GPUs that the process may use, from 0
    /// @throws io.sparsemesh.engine.device.DeviceException when there is none, or a library is
    ///     missing, with the reason
    public CudaDevice(int ordinal) {
        this(new Gpu(ordinal), Type.F32, true);
    }

    private CudaDevice(Gpu gpu, Type type, boolean owner) {
        this.gpu = gpu;
        this.owner = owner;
        CudaBlas products = new CudaBlas(gpu, type);
        blas = products;
        neural = new CudaNeuralOps(gpu, products);
        pruning = new CudaPruningOps(gpu, new CudaBlas(gpu, Type.F32));
    }

    @Override
    public void prepare() {
        gpu.prepare();
    }

    @Override
    public String name() {
        DeviceFacts facts = gpu.context().facts();
        return "cuda: %s, %s, driver %s, cuBLAS %s"
                .formatted(
                        facts.name(), facts.architecture(), facts.driver(), gpu.cublas().version());
    }

    @Override
    public Matrix allocate(Arena arena, long rows, long cols) {
        Matrix matrix = scratch(arena, rows, cols);
        gpu.context().pool().clear(matrix.data());
        return matrix;
    }

    @Override
    public Matrix scratch(Arena arena, long rows, long cols) {
        return gpu.scratch(arena, rows, cols);
    }

    @Override
    public void upload(Matrix host, Matrix device) {
        gpu.context().transfers().upload(host, device);
    }

    /// F64 is converted on the host.
    @Override
    public Loaded load(Arena arena, Tensor tensor, long rows, long cols) {
        return TensorLoader.takes(tensor.dtype())
                ? gpu.tensors().load(arena, tensor, rows, cols)
                : Device.super.load(arena, tensor, rows, cols);
    }

    @Override
    public void download(Matrix device, Matrix host) {
        gpu.context().transfers().download(device, host);
    }

    @Override
    public Optional<DeviceMemory> memory() {
        return Optional.of(gpu.memory());
    }

    @Override
    public OptionalDouble utilisation() {
        return gpu.context().utilisation();
    }

    @Override
    public Optional<Accelerator> accelerator() {
        DeviceFacts facts = gpu.context().facts();
        return Optional.of(new Accelerator(facts.name(), facts.memory(), facts.driver()));
    }

    @Override
    public long batchTokens() {
        return BATCH_TOKENS;
    }

    @Override
    public Device with(Operands operands) {
        Type type =
                switch (operands) {
                    case F32 -> Type.F32;
                    case F16 -> Type.F16;
                    case BF16 -> Type.BF16;
                };
        return new CudaDevice(gpu, type, false);
    }

    @Override
    public void finish() {
        gpu.context().synchronize();
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
        if (owner) {
            gpu.close();
        }
    }
}
