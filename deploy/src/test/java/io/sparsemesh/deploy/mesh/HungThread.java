package io.sparsemesh.deploy.mesh;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/// One thread of another process, stopped by `ptrace(2)` inside a native library while its other
/// threads go on: what a kernel that never comes back looks like. In Java code it would hold up the
/// others, too, as soon as the JVM waits for all. It goes on with [#close].
final class HungThread implements AutoCloseable {

    private static final int PTRACE_DETACH = 17;
    private static final int PTRACE_SEIZE = 0x4206;
    private static final int PTRACE_INTERRUPT = 0x4207;
    private static final Duration STOP_LIMIT = Duration.ofSeconds(2);
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

    /// Looks once where the thread is.
    ///
    /// @param name of the thread
    /// @param library part of the name of the file whose code it must be in
    /// @return empty, with the thread going on, if it is elsewhere, or not there
    /// @throws NothingHappened if the kernel does not allow to stop it
    static Optional<HungThread> stopInside(long pid, String name, String library) throws Exception {
        OptionalInt thread = thread(pid, name);
        if (thread.isEmpty()) {
            return Optional.empty();
        }
        HungThread stopped = stop(thread.getAsInt());
        if (stopped.isInside(pid, library)) {
            return Optional.of(stopped);
        }
        stopped.close();
        return Optional.empty();
    }

    private static HungThread stop(int thread) throws Exception {
        ExecutorService tracer =
                Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().daemon().name("tracer").factory());
        boolean allowed =
                tracer.submit(
                                () ->
                                        ptrace(PTRACE_SEIZE, thread) == 0
                                                && ptrace(PTRACE_INTERRUPT, thread) == 0)
                        .get();
        if (!allowed) {
            tracer.shutdown();
            throw new NothingHappened("ptrace was refused");
        }
        return new HungThread(tracer, thread);
    }

    /// Looks for the place of the next instruction, which the kernel tells once the thread stands.
    private boolean isInside(long pid, String library) throws InterruptedException {
        try {
            Path task = Path.of("/proc/" + pid + "/task/" + thread);
            Instant end = Instant.now().plus(STOP_LIMIT);
            while (!stands(task)) {
                if (Instant.now().isAfter(end)) {
                    return false;
                }
                Thread.sleep(Duration.ofMillis(1));
            }
            String[] words = Files.readString(task.resolve("syscall")).strip().split(" ");
            long place = Long.decode(words[words.length - 1]);
            return Files.readAllLines(task.resolve("maps")).stream()
                    .filter(line -> line.contains(library))
                    .anyMatch(line -> holds(line, place));
        } catch (IOException gone) {
            return false;
        }
    }

    private static boolean stands(Path task) throws IOException {
        return state(task) == 't';
    }

    /// Whether a process is over but for its stopped thread, of which the kernel lets nobody know
    /// before it is let go of: until then its parent takes the process for alive.
    static boolean isOver(long pid) {
        try {
            return state(Path.of("/proc/" + pid)) == 'Z';
        } catch (IOException gone) {
            return true;
        }
    }

    /// The state follows the name, which stands in brackets.
    private static char state(Path task) throws IOException {
        String stat = Files.readString(task.resolve("stat"));
        return stat.charAt(stat.lastIndexOf(')') + 2);
    }

    /// @param line of `maps`, which begins with `from-to`
    private static boolean holds(String line, long place) {
        String[] range = line.substring(0, line.indexOf(' ')).split("-");
        return Long.parseLong(range[0], 16) <= place && place < Long.parseLong(range[1], 16);
    }

    private static OptionalInt thread(long pid, String name) {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            return threads.filter(task -> isNamed(task, name))
                    .mapToInt(task -> Integer.parseInt(task.getFileName().toString()))
                    .findFirst();
        } catch (IOException | UncheckedIOException gone) {
            return OptionalInt.empty();
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
