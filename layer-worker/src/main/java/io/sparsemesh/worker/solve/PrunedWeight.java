package io.sparsemesh.worker.solve;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.solver.NumericalException;
import io.sparsemesh.worker.tensor.MatrixFiles;
import io.sparsemesh.worker.tensor.WeightBits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Pruned weights as the checkpoint has them: named, shaped and typed like the dense ones.
///
/// @param bytes memory of the arena it was made with
/// @param zeros number of weights that are 0, those that the type rounds to 0 included
record PrunedWeight(LinearDescription linear, Dtype dtype, MemorySegment bytes, long zeros) {

    /// Casts once from F32, rounding to nearest even; every zero becomes +0.0.
    ///
    /// @param w `[outputs x inputs]` in device memory
    /// @throws NumericalException when a weight is too large for the type
    static PrunedWeight cast(
            Device device, Arena arena, LinearDescription linear, Dtype dtype, Matrix w) {
        MemorySegment bytes = arena.allocate(linear.weights() * dtype.bytes(), Matrix.ALIGNMENT);
        try (Arena scratch = Arena.ofShared()) {
            Matrix laidOut = w;
            if (linear.transposed()) {
                laidOut = device.allocate(scratch, w.cols(), w.rows());
                device.pruning().transpose(w, laidOut);
            }
            MatrixFiles.forEachPiece(
                    device, laidOut, (floats, first) -> convert(floats, dtype, bytes, first));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        WeightBits bits = new WeightBits(dtype, bytes);
        bits.firstNonFinite()
                .ifPresent(
                        at -> {
                            throw new NumericalException(
                                    linear.name(),
                                    -1,
                                    0,
                                    "pruned weights: expected numbers within %s, found one beyond at element %d"
                                            .formatted(dtype, at));
                        });
        return new PrunedWeight(linear, dtype, bytes, bits.makeZerosPositive());
    }

    private static void convert(
            MemorySegment floats, Dtype dtype, MemorySegment bytes, long firstElement) {
        long count = floats.byteSize() / Float.BYTES;
        dtype.fromF32(floats, bytes.asSlice(firstElement * dtype.bytes(), count * dtype.bytes()));
    }

    TensorSource source() {
        return new TensorSource(linear.tensor(), dtype, linear.shape(), sink -> sink.write(bytes));
    }

    double sparsity() {
        return (double) zeros / linear.weights();
    }
}
