package io.sparsemesh.cuda.driver;

import io.sparsemesh.engine.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongPredicate;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/// Device memory that is kept when it is given back: an allocation by the driver waits for the
/// device. All memory is used in the order of one stream, so that what is given back can be lent
/// at once.
///
/// The segments it lends can be sliced, and have an address; to touch them from the host throws a
/// [WrongThreadException], for they belong to a thread that is gone.
public final class DevicePool {

    /// A size class is a power of two or one of the seven steps to the next: an eighth of the
    /// memory at most is lost.
    private static final int STEPS = 8;

    private static final long SMALLEST = 512;

    /// Memory that is not lent.
    ///
    /// @param epoch in which it was given back
    private record Idle(long address, long epoch) {}

    /// Memory that another stream than the context's may write, once what was given to the
    /// context's before that epoch ended is done.
    ///
    /// @param epoch -1 where nothing used the memory before
    record Lent(MemorySegment memory, long epoch) {}

    private static final MemorySegment ADDRESSES = DeviceAddresses.all();

    private final CudaContext context;
    private final Map<Long, Deque<Idle>> idle = new HashMap<>();
    private long epoch;
    private long idleBytes;
    private boolean closed;

    DevicePool(CudaContext context) {
        this.context = context;
    }

    /// Memory whose contents are not specified, aligned to 512 bytes; given back when `arena` is
    /// closed.
    ///
    /// @throws DeviceException when the device has not so much left
    public MemorySegment lend(Arena arena, long bytes) {
        return lend(arena, bytes, Deque::pollLast).memory();
    }

    /// As [#lend], of what can be lent that which was used the longest time ago, unless it is in
    /// use still and the device has enough for new memory.
    ///
    /// @param busy whether operations of an epoch are not done
    Lent lendOldest(Arena arena, long bytes, LongPredicate busy) {
        long size = sizeClass(bytes);
        return lend(
                arena,
                bytes,
                idle ->
                        busy.test(idle.peekFirst().epoch()) && hasRoom(size)
                                ? new Idle(allocate(size), -1)
                                : idle.pollFirst());
    }

    /// As much again stays free for others.
    private boolean hasRoom(long size) {
        long[] free = new long[1];
        long[] total = new long[1];
        Status.check("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, total));
        return free[0] / 2 > size;
    }

    private Lent lend(Arena arena, long bytes, Function<Deque<Idle>, Idle> choice) {
        long size = sizeClass(bytes);
        Idle taken = take(size, choice);
        MemorySegment.ofAddress(taken.address())
                .reinterpret(size, arena, segment -> giveBack(segment.address(), size));
        return new Lent(ADDRESSES.asSlice(taken.address(), bytes), taken.epoch());
    }

    /// Ends an epoch: what is given back from now on belongs to the next.
    ///
    /// @return the number of the one that ends
    synchronized long endEpoch() {
        return epoch++;
    }

    /// Fills memory with zeros.
    public void clear(MemorySegment memory) {
        context.enter();
        Status.check(
                "cuMemsetD8Async",
                JCudaDriver.cuMemsetD8Async(
                        DevicePointer.of(memory.address()),
                        (byte) 0,
                        memory.byteSize(),
                        context.stream().jcuda()));
    }

    static long sizeClass(long bytes) {
        long size = Math.max(bytes, SMALLEST);
        long step = Math.max(Long.highestOneBit(size) / STEPS, SMALLEST);
        return Math.ceilDiv(size, step) * step;
    }

    private synchronized Idle take(long size, Function<Deque<Idle>, Idle> choice) {
        if (closed) {
            throw new IllegalStateException("the device is closed");
        }
        Deque<Idle> same = idle.get(size);
        if (same != null && !same.isEmpty()) {
            int before = same.size();
            Idle taken = choice.apply(same);
            idleBytes -= size * (before - same.size());
            return taken;
        }
        return new Idle(allocate(size), -1);
    }

    private long allocate(long size) {
        context.enter();
        DevicePointer pointer = new DevicePointer();
        int status = JCudaDriver.cuMemAlloc(pointer, size);
        if (status == CUresult.CUDA_ERROR_OUT_OF_MEMORY && idleBytes > 0) {
            context.stream().synchronize();
            freeIdle();
            status = JCudaDriver.cuMemAlloc(pointer, size);
        }
        if (status == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
            throw full(size);
        }
        Status.check("cuMemAlloc", status);
        return pointer.address();
    }

    private DeviceException full(long size) {
        long[] free = new long[1];
        long[] total = new long[1];
        JCudaDriver.cuMemGetInfo(free, total);
        return new DeviceException(
                "cuMemAlloc",
                CUresult.CUDA_ERROR_OUT_OF_MEMORY,
                "%s: expected %d bytes of device memory, found %d free of %d"
                        .formatted(context.facts().name(), size, free[0], total[0]));
    }

    private synchronized void giveBack(long address, long size) {
        if (closed) {
            return;
        }
        idle.computeIfAbsent(size, _ -> new ArrayDeque<>()).addLast(new Idle(address, epoch));
        idleBytes += size;
    }

    /// Bytes that are kept and not lent.
    synchronized long idle() {
        return idleBytes;
    }

    private void freeIdle() {
        idle.values()
                .forEach(
                        same ->
                                same.forEach(
                                        part ->
                                                JCudaDriver.cuMemFree(
                                                        DevicePointer.of(part.address()))));
        idle.clear();
        idleBytes = 0;
    }

    /// Frees what is idle. What is lent still is lost with the context.
    synchronized void close() {
        freeIdle();
        closed = true;
    }
}
