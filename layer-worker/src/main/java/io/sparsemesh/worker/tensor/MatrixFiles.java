package io.sparsemesh.worker.tensor;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Moves matrices between device memory and tensors of files, piece by piece.
public final class MatrixFiles {

    /// Elements in host memory at a time.
    private static final long PIECE = 1 << 20;

    private MatrixFiles() {}

    /// Takes some rows in host memory, without gaps, in order.
    @FunctionalInterface
    public interface RowSink {
        /// @param firstElement index of the first element in the whole matrix
        void accept(MemorySegment floats, long firstElement) throws IOException;
    }

    /// Shows all elements of a matrix in device memory, row by row.
    public static void forEachPiece(Device device, Matrix matrix, RowSink sink) throws IOException {
        long step = Math.max(PIECE / Math.max(matrix.cols(), 1), 1);
        try (Arena staging = Arena.ofConfined()) {
            Matrix piece = Matrix.allocate(staging, Math.min(step, matrix.rows()), matrix.cols());
            for (long row = 0; row < matrix.rows(); row += step) {
                long end = Math.min(row + step, matrix.rows());
                Matrix part = piece.rows(0, end - row);
                device.download(matrix.rows(row, end), part);
                long bytes = part.rows() * part.cols() * Float.BYTES;
                sink.accept(part.data().asSlice(0, bytes), row * matrix.cols());
            }
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

    /// Reads a tensor of floats into device memory, and releases the pages of its file.
    ///
    /// @param target with as many elements as the tensor, row by row
    public static void load(Device device, Tensor tensor, Matrix target) {
        if (tensor.elements() != target.rows() * target.cols()) {
            throw new IllegalArgumentException(
                    "tensor '%s': expected %d x %d elements, found shape %s"
                            .formatted(
                                    tensor.name(), target.rows(), target.cols(), tensor.shape()));
        }
        long step = Math.max(PIECE / Math.max(target.cols(), 1), 1);
        try (Arena staging = Arena.ofConfined()) {
            Matrix piece = Matrix.allocate(staging, Math.min(step, target.rows()), target.cols());
            for (long row = 0; row < target.rows(); row += step) {
                long end = Math.min(row + step, target.rows());
                Matrix part = piece.rows(0, end - row);
                tensor.readF32(row * target.cols(), part.data(), 0, part.rows() * target.cols());
                device.upload(part, target.rows(row, end));
            }
        }
        tensor.release();
    }
}
