package io.sparsemesh.cuda;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.cuda.driver.Kernel;
import io.sparsemesh.cuda.driver.Loads;
import io.sparsemesh.engine.device.Loaded;
import io.sparsemesh.engine.device.PruningOps;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// Loads tensors beside what the device computes: their bytes as they are in the file, widened and
/// checked there.
///
/// @param cell 8 bytes of device memory for the place of what is not finite
record TensorLoader(Gpu gpu, MemorySegment cell) {

    private static final int THREADS = 256;
    private static final long MOST_BLOCKS = 1 << 12;
    private static final long NONE = -1;

    TensorLoader(Gpu gpu, Arena arena) {
        this(gpu, gpu.context().pool().lend(arena, Long.BYTES));
    }

    /// Whether tensors of that type are loaded here.
    static boolean takes(Dtype dtype) {
        return dtype == Dtype.F32 || dtype == Dtype.F16 || dtype == Dtype.BF16;
    }

    synchronized Loaded load(Arena arena, Tensor tensor, long rows, long cols) {
        MemorySegment memory = loads().lend(arena, Math.max(rows * cols, 1) * Float.BYTES);
        MemorySegment elements = tensor.elements(0, rows * cols);
        if (tensor.dtype() == Dtype.F32) {
            loads().copy(elements, memory.address());
        } else {
            loads().copy(
                            elements,
                            (from, first, bytes) -> widen(tensor, from, memory, first, bytes));
        }
        Matrix matrix = Matrix.of(memory, rows, cols);
        return new Loaded(matrix, check(matrix));
    }

    private Loads loads() {
        return gpu.context().loads();
    }

    /// A piece of a tensor, as F32 to where it belongs.
    private void widen(Tensor tensor, long from, MemorySegment to, long first, long bytes) {
        long count = bytes / tensor.dtype().bytes();
        long blocks = Math.min(Math.ceilDiv(count, THREADS), MOST_BLOCKS);
        gpu.kernel(CudaBlas.MATRIX, "widen")
                .launchOn(
                        loads().stream(),
                        Kernel.Grid.of(blocks, THREADS),
                        from,
                        to.address() + first / tensor.dtype().bytes() * Float.BYTES,
                        count,
                        tensor.dtype() == Dtype.BF16 ? 1 : 0);
    }

    private Optional<PruningOps.Position> check(Matrix matrix) {
        loads().fill(cell, (byte) NONE);
        ElementGrid grid = ElementGrid.of(matrix.rows(), matrix.cols());
        gpu.kernel(CudaBlas.MATRIX, "first_non_finite")
                .launchOn(
                        loads().stream(),
                        grid.grid(),
                        matrix,
                        matrix.rows(),
                        matrix.cols(),
                        grid.shift(),
                        cell.address());
        long found = loads().readLong(cell);
        return found == NONE
                ? Optional.empty()
                : Optional.of(
                        new PruningOps.Position(found / matrix.cols(), found % matrix.cols()));
    }
}
