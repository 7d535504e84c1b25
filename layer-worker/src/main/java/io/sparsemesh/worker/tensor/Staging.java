package io.sparsemesh.worker.tensor;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Host memory through which pieces of matrices pass on their way from a device, one after
/// the other: fresh memory would cost more than the copy, for the system clears it and maps it page
/// by page. For one thread.
final class Staging implements AutoCloseable {

    /// Elements of a piece, of more than one row.
    private static final long PIECE = 1 << 20;

    private final Arena arena = Arena.ofConfined();
    private MemorySegment memory = MemorySegment.NULL;

    /// Rows of a matrix that pass at a time.
    static long step(long cols) {
        return Math.max(PIECE / Math.max(cols, 1), 1);
    }

    /// A dense matrix, which counts until the next one is asked for.
    Matrix piece(long rows, long cols) {
        long bytes = rows * cols * Float.BYTES;
        if (memory.byteSize() < bytes) {
            memory = arena.allocate(bytes, Matrix.ALIGNMENT);
        }
        return Matrix.of(memory, rows, cols);
    }

    @Override
    public void close() {
        arena.close();
    }
}
