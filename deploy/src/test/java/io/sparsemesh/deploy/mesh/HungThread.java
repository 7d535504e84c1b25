package io.sparsemesh.deploy.mesh;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/// One thread of another process, stopped by `ptrace(2)` while its other threads go on: what a
/// kernel that never comes back looks like. It goes on with [#close].
final class HungThread implements AutoCloseable {

    private static final int PTRACE_DETACH = 17;
    private static final int PTRACE_SEIZE = 0x4206;
    private static final int PTRACE_INTERRUPT = 0x4207;
    private static final MethodHandle PTRACE =
            Linker.nativeLinker()
                    .downcallHandle(
                            Linker.nativeLinker().defaultLookup().findOrThrow("ptrace"),
                            FunctionDescriptor.of(
                                    JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS));

    /// The kernel knows a tracer by its thread.
    private final ExecutorService tracer;

    private final int thread;

    private HungThread(ExecutorService tracer, int thread) {
        this.tracer = tracer;
        this.thread = thread;
    }

    /// @return empty if the kernel does not allow it
    static Optional<HungThread> stop(long pid, String name) throws Exception {
        int thread = thread(pid, name);
        ExecutorService tracer =
                Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().daemon().name("tracer").factory());
        boolean stopped =
                tracer.submit(
                                () ->
                                        ptrace(PTRACE_SEIZE, thread) == 0
                                                && ptrace(PTRACE_INTERRUPT, thread) == 0)
                        .get();
        if (!stopped) {
            tracer.shutdown();
            return Optional.empty();
        }
        return Optional.of(new HungThread(tracer, thread));
    }

    private static int thread(long pid, String name) throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            return threads.filter(task -> isNamed(task, name))
                    .map(task -> Integer.parseInt(task.getFileName().toString()))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no thread " + name + " in " + pid));
        }
    }

    private static boolean isNamed(Path task, String name) {
        try {
            return Files.readString(task.resolve("comm")).strip().equals(name);
        } catch (IOException gone) {
            return false;
        }
    }

    private static long ptrace(int request, int thread) {
        try {
            return (long)
                    PTRACE.invokeExact(
                            (long) request, thread, MemorySegment.NULL, MemorySegment.NULL);
        } catch (Throwable e) {
            throw new IllegalStateException("ptrace", e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        try {
            tracer.submit(() -> ptrace(PTRACE_DETACH, thread)).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            tracer.shutdown();
        }
    }
}
