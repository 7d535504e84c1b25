package io.sparsemesh.engine.device;

import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.OptionalDouble;

/// Where matrices live and operations run. The three groups of operations document each one by its
/// formula; [NaiveDevice] is the readable one that the others are tested against.
///
/// Operations take effect in the order of the calls, may use several threads inside, and give the
/// same bits for any number of threads. A device may be used by one task at a time.
public interface Device extends AutoCloseable {

    /// Kind and hardware, such as `cpu: AMD EPYC, OpenBLAS 0.3.31`.
    String name();

    /// Begins, on a thread of its own, what the first of each kind of operation would have to wait
    /// for, such as compiling kernels. Nothing by default.
    default void prepare() {}

    /// Zeroed memory of this device, freed with `arena`.
    Matrix allocate(Arena arena, long rows, long cols);

    /// Memory of this device whose contents are not specified, freed with `arena`.
    Matrix scratch(Arena arena, long rows, long cols);

    /// Copies host memory into device memory of the same shape.
    void upload(Matrix host, Matrix device);

    /// The elements of a tensor in memory of this device, freed with `arena`. A device may bring
    /// them there beside operations that were given before.
    ///
    /// @param rows times `cols` are the tensor's elements
    default Loaded load(Arena arena, Tensor tensor, long rows, long cols) {
        return Loaded.byPieces(this, arena, tensor, rows, cols);
    }

    /// Copies device memory into host memory of the same shape. Another thread of the task may call
    /// it while an operation runs that does not write this memory.
    void download(Matrix device, Matrix host);

    /// What of the device's own memory is in use now, by this and other processes; empty where it
    /// has none, as on the CPU. Any thread may ask at any time.
    default Optional<DeviceMemory> memory() {
        return Optional.empty();
    }

    /// The share of the last moments in which it computed, for whatever process, from 0 to 1; empty
    /// where that is not known, as on the CPU. Any thread may ask at any time.
    default OptionalDouble utilisation() {
        return OptionalDouble.empty();
    }

    /// What it computes on; empty where that is the host's processor.
    default Optional<Accelerator> accelerator() {
        return Optional.empty();
    }

    /// Tokens that are best sent through a model's block together. The same at every call: sums,
    /// and so the bits of results, depend on it.
    default long batchTokens() {
        return 2048;
    }

    /// The same in whole sequences: at least one.
    ///
    /// @param length tokens of a sequence
    default long batchTokens(long length) {
        return Math.max(batchTokens() / length, 1) * length;
    }

    /// This device with operands of that type in the products of [#blas] and of attention, as a
    /// checkpoint of that type is run. Its memory is this device's, and closing it does nothing.
    /// A device that gains nothing by narrow operands returns itself.
    default Device with(Operands operands) {
        return this;
    }

    /// Waits for the operations given so far. A device may still be computing when an operation
    /// returns; whatever reads a result waits by itself, so only clocks need this.
    ///
    /// @throws DeviceException when one of them failed
    default void finish() {}

    Blas blas();

    NeuralOps neural();

    PruningOps pruning();

    @Override
    void close();
}
