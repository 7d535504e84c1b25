package io.sparsemesh.cuda.driver;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.JCudaDriver;

/// Page-locked host memory in pieces that take turns: while the device copies one, the host fills
/// or empties another.
final class PinnedPieces {

    static final int COUNT = 2;

    /// Large enough for a bus at full speed; tests make it small.
    static final long BYTES = Long.getLong("sparsemesh.cuda.piece", 16L << 20);

    private static final int NO_TIMING = 2;

    private final Piece[] pieces = {new Piece(), new Piece()};

    /// Page-locked memory and the event after which it is free again.
    static final class Piece {
        private final Pointer pointer = new Pointer();
        private final CUevent free = new CUevent();
        private final MemorySegment memory;

        Piece() {
            Status.check("cuMemHostAlloc", JCudaDriver.cuMemHostAlloc(pointer, BYTES, 0));
            Status.check("cuEventCreate", JCudaDriver.cuEventCreate(free, NO_TIMING));
            memory =
                    MemorySegment.ofBuffer(
                            pointer.getByteBuffer(0, BYTES).order(ByteOrder.nativeOrder()));
        }

        Pointer pointer() {
            return pointer;
        }

        MemorySegment memory() {
            return memory;
        }

        /// Waits until the device is done with it.
        void await() {
            Status.check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(free));
        }

        /// It is free when `stream` came here.
        void freeAfter(Stream stream) {
            Status.check("cuEventRecord", JCudaDriver.cuEventRecord(free, stream.jcuda()));
        }

        private void close() {
            JCudaDriver.cuEventDestroy(free);
            JCudaDriver.cuMemFreeHost(pointer);
        }
    }

    /// The piece whose turn it is.
    Piece piece(int turn) {
        return pieces[turn % COUNT];
    }

    /// Copies host memory, at most a piece, to the device.
    void upload(int turn, MemorySegment host, long address, Stream stream) {
        Piece piece = piece(turn);
        piece.await();
        MemorySegment.copy(host, 0, piece.memory, 0, host.byteSize());
        Status.check(
                "cuMemcpyHtoDAsync",
                JCudaDriver.cuMemcpyHtoDAsync(
                        DevicePointer.of(address), piece.pointer, host.byteSize(), stream.jcuda()));
        piece.freeAfter(stream);
    }

    /// Copies device memory, at most a piece, and waits for it. It stays until the next piece.
    MemorySegment download(long address, long bytes, Stream stream) {
        Piece piece = piece(0);
        piece.await();
        Status.check(
                "cuMemcpyDtoHAsync",
                JCudaDriver.cuMemcpyDtoHAsync(
                        piece.pointer, DevicePointer.of(address), bytes, stream.jcuda()));
        piece.freeAfter(stream);
        piece.await();
        return piece.memory.asSlice(0, bytes);
    }

    void close() {
        for (Piece piece : pieces) {
            piece.close();
        }
    }
}
