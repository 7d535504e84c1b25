package io.sparsemesh.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import jcuda.driver.CUevent;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/// Brings bytes to new memory of the device on a stream of its own, beside what the context's
/// stream computes. The memory may have been used by operations that are not done: those are
/// waited for, and no later ones; where there is room, other memory is taken, so that the weights
/// of one block come while another computes.
public final class Loads {

    private static final int NO_TIMING = 2;

    /// Ends of epochs that are remembered.
    private static final int REMEMBERED = 64;

    private final CudaContext context;
    private final Stream stream = new Stream();
    private final PinnedPieces pieces = new PinnedPieces();
    private final Deque<End> ends = new ArrayDeque<>();
    private final MemorySegment[] arrivals = new MemorySegment[PinnedPieces.COUNT];
    private final Arena own = Arena.ofShared();

    /// When the context's stream came to the end of an epoch.
    private record End(long epoch, CUevent event) {}

    /// Does something with a piece on the device, on the stream of the loads.
    @FunctionalInterface
    public interface Arrival {
        /// @param address of the piece, which may be used until the operations given here are done
        /// @param first its first byte in the whole
        void arrived(long address, long first, long bytes);
    }

    Loads(CudaContext context) {
        this.context = context;
        for (int i = 0; i < arrivals.length; i++) {
            arrivals[i] = context.pool().lend(own, PinnedPieces.BYTES);
        }
    }

    /// The stream of the loads.
    public Stream stream() {
        return stream;
    }

    /// Lends memory that operations on the stream of the loads may write. What they wrote is there
    /// for the context's stream once [Stream#synchronize] of theirs returned.
    public synchronized MemorySegment lend(Arena arena, long bytes) {
        context.enter();
        end();
        DevicePool.Lent lent = context.pool().lendOldest(arena, bytes, this::isBusy);
        if (lent.epoch() >= 0) {
            awaitEnd(lent.epoch());
        }
        return lent.memory();
    }

    private void end() {
        CUevent event = ends.size() < REMEMBERED ? created() : ends.removeFirst().event();
        Status.check("cuEventRecord", JCudaDriver.cuEventRecord(event, context.stream().jcuda()));
        ends.addLast(new End(context.pool().endEpoch(), event));
    }

    private static CUevent created() {
        CUevent event = new CUevent();
        Status.check("cuEventCreate", JCudaDriver.cuEventCreate(event, NO_TIMING));
        return event;
    }

    private void awaitEnd(long epoch) {
        Status.check(
                "cuStreamWaitEvent",
                JCudaDriver.cuStreamWaitEvent(stream.jcuda(), endOf(epoch), 0));
    }

    private boolean isBusy(long epoch) {
        return JCudaDriver.cuEventQuery(endOf(epoch)) == CUresult.CUDA_ERROR_NOT_READY;
    }

    /// A later end than that asked for does as well.
    private CUevent endOf(long epoch) {
        return ends.stream()
                .filter(end -> end.epoch() >= epoch)
                .findFirst()
                .orElseGet(ends::getLast)
                .event();
    }

    /// Copies bytes of the host to the device.
    public synchronized void copy(MemorySegment host, long address) {
        context.enter();
        forEachPiece(
                host, (turn, piece, first) -> pieces.upload(turn, piece, address + first, stream));
    }

    /// Copies bytes of the host to memory of the device in which each piece stays for a moment.
    public synchronized void copy(MemorySegment host, Arrival arrival) {
        context.enter();
        forEachPiece(
                host,
                (turn, piece, first) -> {
                    long address = arrivals[turn].address();
                    pieces.upload(turn, piece, address, stream);
                    arrival.arrived(address, first, piece.byteSize());
                });
    }

    @FunctionalInterface
    private interface PieceWork {
        void run(int turn, MemorySegment piece, long first);
    }

    private static void forEachPiece(MemorySegment host, PieceWork work) {
        int turn = 0;
        for (long first = 0; first < host.byteSize(); first += PinnedPieces.BYTES) {
            long bytes = Math.min(PinnedPieces.BYTES, host.byteSize() - first);
            work.run(turn++ % PinnedPieces.COUNT, host.asSlice(first, bytes), first);
        }
    }

    /// Fills memory with a byte.
    public synchronized void fill(MemorySegment memory, byte value) {
        context.enter();
        Status.check(
                "cuMemsetD8Async",
                JCudaDriver.cuMemsetD8Async(
                        DevicePointer.of(memory.address()),
                        value,
                        memory.byteSize(),
                        stream.jcuda()));
    }

    /// The first 8 bytes of memory, after the operations on the stream of the loads.
    public synchronized long readLong(MemorySegment memory) {
        context.enter();
        return pieces.download(memory.address(), Long.BYTES, stream).get(ValueLayout.JAVA_LONG, 0);
    }

    void close() {
        stream.synchronize();
        ends.forEach(end -> JCudaDriver.cuEventDestroy(end.event()));
        pieces.close();
        own.close();
        stream.close();
    }
}
