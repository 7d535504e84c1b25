package io.sparsemesh.engine.device.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;

/// The C library's memory, on large pages where the system offers them: a matrix on small ones
/// costs a page fault for every 4 KiB when it is first written, and its columns more entries than
/// the processor's table of pages has.
final class LargeMemory {

    /// A large page of x86-64 and of most arm64 systems; everything is aligned to it.
    static final long PAGE = 2L << 20;

    /// `MADV_HUGEPAGE` of Linux's `sys/mman.h`.
    private static final int USE_LARGE_PAGES = 14;

    // int posix_memalign(void **memptr, size_t alignment, size_t size)
    private static final MethodHandle POSIX_MEMALIGN =
            function("posix_memalign", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG).orElseThrow();
    // void free(void *ptr)
    private static final MethodHandle FREE = function("free", null, ADDRESS).orElseThrow();
    // int madvise(void *addr, size_t length, int advice)
    private static final Optional<MethodHandle> MADVISE =
            System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("linux")
                    ? function("madvise", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT)
                    : Optional.empty();

    private LargeMemory() {}

    private static Optional<MethodHandle> function(
            String name, MemoryLayout result, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        FunctionDescriptor type =
                result == null
                        ? FunctionDescriptor.ofVoid(arguments)
                        : FunctionDescriptor.of(result, arguments);
        return linker.defaultLookup()
                .find(name)
                .map(address -> linker.downcallHandle(address, type));
    }

    /// Memory of `bytes`, a multiple of [#PAGE], whose contents are not specified.
    ///
    /// @throws OutOfMemoryError when the system has none
    static MemorySegment allocate(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pointer = arena.allocate(ADDRESS);
            int status = (int) POSIX_MEMALIGN.invokeExact(pointer, PAGE, bytes);
            if (status != 0) {
                throw new OutOfMemoryError(
                        "%d bytes of native memory: status %d".formatted(bytes, status));
            }
            MemorySegment memory = pointer.get(ADDRESS, 0).reinterpret(bytes);
            if (MADVISE.isPresent()) {
                // Advice only: without it everything works, slower.
                int ignored = (int) MADVISE.get().invokeExact(memory, bytes, USE_LARGE_PAGES);
            }
            return memory;
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (Throwable e) {
            // A method handle's call declares Throwable; the C function throws nothing.
            throw new IllegalStateException("call of posix_memalign failed", e);
        }
    }

    static void free(MemorySegment memory) {
        try {
            FREE.invokeExact(memory);
        } catch (Throwable e) {
            // A method handle's call declares Throwable; the C function throws nothing.
            throw new IllegalStateException("call of free failed", e);
        }
    }
}
