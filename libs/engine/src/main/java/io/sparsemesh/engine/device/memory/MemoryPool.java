package io.sparsemesh.engine.device.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;

/// Lends large pieces of native memory and keeps what comes back for the next one of about the same
/// size: an operation that is repeated gets memory that is mapped already. Thread-safe.
public final class MemoryPool implements AutoCloseable {

    /// What is kept is at most a quarter larger than what was asked for.
    private static final long WASTE = 4;

    private final long capacity;
    private final Deque<MemorySegment> kept = new ArrayDeque<>();
    private long keptBytes;
    private boolean closed;

    /// @param capacity bytes that may be kept unused
    public MemoryPool(long capacity) {
        this.capacity = capacity;
    }

    /// Memory that comes back when `arena` is closed.
    ///
    /// @return at least `bytes`, whose contents are not specified
    /// @throws OutOfMemoryError when the system has none
    public MemorySegment lend(Arena arena, long bytes) {
        long size = Math.ceilDiv(bytes, LargeMemory.PAGE) * LargeMemory.PAGE;
        MemorySegment memory = take(size).orElseGet(() -> LargeMemory.allocate(size));
        return memory.reinterpret(arena, _ -> giveBack(memory));
    }

    private synchronized Optional<MemorySegment> take(long size) {
        // The one that came back last is the likeliest to be in a cache.
        for (Iterator<MemorySegment> all = kept.descendingIterator(); all.hasNext(); ) {
            MemorySegment memory = all.next();
            if (memory.byteSize() >= size && memory.byteSize() - size <= size / WASTE) {
                all.remove();
                keptBytes -= memory.byteSize();
                return Optional.of(memory);
            }
        }
        return Optional.empty();
    }

    private synchronized void giveBack(MemorySegment memory) {
        kept.addLast(memory);
        keptBytes += memory.byteSize();
        while (!kept.isEmpty() && (closed || keptBytes > capacity)) {
            MemorySegment oldest = kept.removeFirst();
            keptBytes -= oldest.byteSize();
            LargeMemory.free(oldest);
        }
    }

    /// Bytes kept unused at the moment.
    public synchronized long keptBytes() {
        return keptBytes;
    }

    /// Frees what is kept; what is lent is freed when it comes back.
    @Override
    public synchronized void close() {
        closed = true;
        kept.forEach(LargeMemory::free);
        kept.clear();
        keptBytes = 0;
    }
}
