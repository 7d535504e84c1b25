package io.sparsemesh.cuda.driver;

import io.sparsemesh.engine.matrix.Matrix;
import jcuda.driver.CUDA_MEMCPY2D;
import jcuda.driver.CUmemorytype;
import jcuda.driver.JCudaDriver;

/// Copies between host and device, through page-locked memory in pieces: while the device copies
/// one, the host fills or empties the other.
public final class Transfers {

    private final CudaContext context;
    private final PinnedPieces pieces = new PinnedPieces();

    Transfers(CudaContext context) {
        this.context = context;
    }

    /// A part of a matrix that fits a staging area: `height` rows and `width` columns of it.
    private record Part(long row, long col, long height, long width) {
        Matrix of(Matrix matrix) {
            return matrix.view(row, col, height, width);
        }

        Matrix in(PinnedPieces.Piece piece) {
            return Matrix.of(piece.memory(), height, width);
        }
    }

    @FunctionalInterface
    private interface Step {
        void run(Part part, PinnedPieces.Piece piece);
    }

    /// Copies host memory to the device. The host's may change once this returns.
    public synchronized void upload(Matrix host, Matrix device) {
        context.enter();
        forEachPart(
                host,
                (part, area) -> {
                    area.await();
                    part.in(area).copyFrom(part.of(host));
                    CUDA_MEMCPY2D copy = copy(part);
                    copy.srcMemoryType = CUmemorytype.CU_MEMORYTYPE_HOST;
                    copy.srcHost = area.pointer();
                    copy.srcPitch = part.width() * Float.BYTES;
                    copy.dstMemoryType = CUmemorytype.CU_MEMORYTYPE_DEVICE;
                    copy.dstDevice = DevicePointer.of(part.of(device).data().address());
                    copy.dstPitch = pitch(device, part);
                    run(copy, area);
                });
    }

    /// Copies from the device, after all operations given so far.
    public synchronized void download(Matrix device, Matrix host) {
        context.enter();
        Part[] pending = new Part[2];
        int[] turn = new int[1];
        forEachPart(
                device,
                (part, area) -> {
                    int own = turn[0]++ % 2;
                    finish(pending, own, host);
                    CUDA_MEMCPY2D copy = copy(part);
                    copy.srcMemoryType = CUmemorytype.CU_MEMORYTYPE_DEVICE;
                    copy.srcDevice = DevicePointer.of(part.of(device).data().address());
                    copy.srcPitch = pitch(device, part);
                    copy.dstMemoryType = CUmemorytype.CU_MEMORYTYPE_HOST;
                    copy.dstHost = area.pointer();
                    copy.dstPitch = part.width() * Float.BYTES;
                    run(copy, area);
                    pending[own] = part;
                });
        finish(pending, turn[0] % 2, host);
        finish(pending, (turn[0] + 1) % 2, host);
    }

    private void finish(Part[] pending, int own, Matrix host) {
        if (pending[own] != null) {
            pieces.piece(own).await();
            pending[own].of(host).copyFrom(pending[own].in(pieces.piece(own)));
            pending[own] = null;
        }
    }

    private static CUDA_MEMCPY2D copy(Part part) {
        CUDA_MEMCPY2D copy = new CUDA_MEMCPY2D();
        copy.WidthInBytes = part.width() * Float.BYTES;
        copy.Height = part.height();
        return copy;
    }

    /// Of a single row any pitch does, and that of a matrix may be beyond what the driver takes.
    private static long pitch(Matrix matrix, Part part) {
        return (part.height() == 1 ? part.width() : matrix.stride()) * Float.BYTES;
    }

    private void run(CUDA_MEMCPY2D copy, PinnedPieces.Piece area) {
        Status.check(
                "cuMemcpy2DAsync", JCudaDriver.cuMemcpy2DAsync(copy, context.stream().jcuda()));
        area.freeAfter(context.stream());
    }

    private void forEachPart(Matrix matrix, Step step) {
        long floats = PinnedPieces.BYTES / Float.BYTES;
        long width = Math.min(matrix.cols(), floats);
        long height = width == 0 ? 0 : Math.min(floats / width, matrix.rows());
        int turn = 0;
        for (long row = 0; row < matrix.rows() && height > 0; row += height) {
            for (long col = 0; col < matrix.cols(); col += width) {
                Part part =
                        new Part(
                                row,
                                col,
                                Math.min(height, matrix.rows() - row),
                                Math.min(width, matrix.cols() - col));
                step.run(part, pieces.piece(turn++));
            }
        }
    }

    void close() {
        pieces.close();
    }
}
