package io.sparsemesh.worker.tensor;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Moves matrices between device memory and tensors of files, piece by piece.
public final class MatrixFiles {

    private MatrixFiles() {}

    /// Takes some rows in host memory, without gaps, in order.
    @FunctionalInterface
    public interface RowSink {
        /// @param firstElement index of the first element in the whole matrix
        void accept(MemorySegment floats, long firstElement) throws IOException;
    }

    /// Shows all elements of a matrix in device memory, row by row.
    public static void forEachPiece(Device device, Matrix matrix, RowSink sink) throws IOException {
        try (Staging staging = new Staging()) {
            forEachPiece(device, matrix, staging, sink);
        }
    }

    static void forEachPiece(Device device, Matrix matrix, Staging staging, RowSink sink)
            throws IOException {
        long step = Staging.step(matrix.cols());
        for (long row = 0; row < matrix.rows(); row += step) {
            long end = Math.min(row + step, matrix.rows());
            Matrix part = staging.piece(end - row, matrix.cols());
            device.download(matrix.rows(row, end), part);
            long bytes = part.rows() * part.cols() * Float.BYTES;
            sink.accept(part.data().asSlice(0, bytes), row * matrix.cols());
        }
    }

    /// A matrix as an F32 tensor to write.
    ///
    /// @param shape whose product is the matrix' number of elements
    public static TensorSource source(Device device, String name, List<Long> shape, Matrix matrix) {
        return new TensorSource(
                name,
                Dtype.F32,
                shape,
                sink -> forEachPiece(device, matrix, (floats, _) -> sink.write(floats)));
    }

    /// Reads an F32 tensor into device memory, and releases the pages of its file.
    ///
    /// @param target with as many elements as the tensor, row by row
    /// @throws IllegalArgumentException for a tensor of another type or size
    public static void load(Device device, Tensor tensor, Matrix target) {
        if (tensor.dtype() != Dtype.F32 || tensor.elements() != target.rows() * target.cols()) {
            throw new IllegalArgumentException(
                    "tensor '%s': expected %d x %d elements of F32, found shape %s of %s"
                            .formatted(
                                    tensor.name(),
                                    target.rows(),
                                    target.cols(),
                                    tensor.shape(),
                                    tensor.dtype()));
        }
        MemorySegment floats = tensor.elements(0, tensor.elements());
        device.upload(Matrix.of(floats, target.rows(), target.cols()), target);
        tensor.release();
    }
}
