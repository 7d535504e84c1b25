package io.sparsemesh.cuda.driver;

import io.sparsemesh.engine.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/// Device memory that is kept when it is given back: an allocation by the driver waits for the
/// device. All memory is used in the order of one stream, so what is given back can be lent at
// once.
///
/// The segments it lends can be sliced, and have an address; to touch them from the host throws a
/// [WrongThreadException], for they belong to a thread that is gone.
public final class DevicePool {

    /// A size class is a power of two or one of the seven steps to the next: an eighth of the
    /// memory at most is lost.
    private static final int STEPS = 8;

    private static final long SMALLEST = 512;

    private static final MemorySegment ADDRESSES = DeviceAddresses.all();

    private final CudaContext context;
    private final Map<Long, Deque<Long>> idle = new HashMap<>();
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
        long size = sizeClass(bytes);
        long address = take(size);
        MemorySegment.ofAddress(address)
                .reinterpret(size, arena, segment -> giveBack(segment.address(), size));
        return ADDRESSES.asSlice(address, bytes);
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

    private synchronized long take(long size) {
        if (closed) {
            throw new IllegalStateException("the device is closed");
        }
        Deque<Long> same = idle.get(size);
        if (same != null && !same.isEmpty()) {
            idleBytes -= size;
            return same.pop();
        }
        return allocate(size);
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
        idle.computeIfAbsent(size, _ -> new ArrayDeque<>()).push(address);
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
                                        address ->
                                                JCudaDriver.cuMemFree(DevicePointer.of(address))));
        idle.clear();
        idleBytes = 0;
    }

    /// Frees what is idle. What is lent still is lost with the context.
    synchronized void close() {
        freeIdle();
        closed = true;
    }
}
