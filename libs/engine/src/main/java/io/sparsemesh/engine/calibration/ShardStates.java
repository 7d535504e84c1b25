package io.sparsemesh.engine.calibration;

import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.function.Consumer;

/// The hidden states of a shard on the device, `[tokens x hidden size]`. From a file they come in
/// batches, each when it is first passed on, so that a device that computes beside its loads has
/// something to compute on from the first batch on.
public final class ShardStates {

    private final Device device;
    private final Matrix matrix;
    private final long length;
    private Optional<Tensor> file;

    private ShardStates(Device device, Matrix matrix, long length, Optional<Tensor> file) {
        this.device = device;
        this.matrix = matrix;
        this.length = length;
        this.file = file;
    }

    /// @param matrix on the device, with the states in it
    /// @param length tokens of a sequence
    public static ShardStates there(Device device, Matrix matrix, long length) {
        return new ShardStates(device, matrix, length, Optional.empty());
    }

    /// @param arena owns the matrix
    /// @param file whose elements are the states; readable until all have come
    /// @param rows tokens
    /// @param width hidden size
    public static ShardStates of(
            Device device, Arena arena, Tensor file, long rows, long width, long length) {
        Matrix matrix = device.scratch(arena, rows, width);
        return new ShardStates(device, matrix, length, Optional.of(file));
    }

    /// All states, once they have come.
    public Matrix matrix() {
        forEachBatch(_ -> {});
        return matrix;
    }

    /// Passes on all states in batches of whole sequences, in order.
    public void forEachBatch(Consumer<Matrix> pass) {
        long step = device.batchTokens(length);
        for (long from = 0; from < matrix.rows(); from += step) {
            Matrix batch = matrix.rows(from, Math.min(from + step, matrix.rows()));
            if (file.isPresent()) {
                bring(file.get(), from * matrix.cols(), batch);
            }
            pass.accept(batch);
        }
        file.ifPresent(Tensor::release);
        file = Optional.empty();
    }

    private void bring(Tensor from, long first, Matrix batch) {
        Tensor elements = from.part(first, batch.rows(), batch.cols());
        try (Arena own = Arena.ofShared()) {
            Matrix loaded = device.load(own, elements, batch.rows(), batch.cols()).matrix();
            device.blas().addScaled(1, loaded, 0, batch);
        }
    }
}
