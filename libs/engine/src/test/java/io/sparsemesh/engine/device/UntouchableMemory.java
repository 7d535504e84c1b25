package io.sparsemesh.engine.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;

/// The whole address space as a segment of a thread that has ended: it can be sliced and its
/// addresses read, but any other thread that touches its contents gets a [WrongThreadException].
final class UntouchableMemory {

    private UntouchableMemory() {}

    static MemorySegment all() {
        CompletableFuture<MemorySegment> all = new CompletableFuture<>();
        Thread owner = Thread.ofPlatform().start(() -> all.complete(ofThisThread()));
        try {
            owner.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while a thread ended", e);
        }
        return all.join();
    }

    private static MemorySegment ofThisThread() {
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE, Arena.ofConfined(), null);
    }
}
