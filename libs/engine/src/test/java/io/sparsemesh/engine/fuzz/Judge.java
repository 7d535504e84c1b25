package io.sparsemesh.engine.fuzz;

import com.sun.management.ThreadMXBean;
import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.engine.model.UnsupportedModelException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Holds a reader of hostile input to its word: it ends soon, asks for little memory, and throws
/// nothing but what it says it throws, in a message of bounded length.
final class Judge implements AutoCloseable {

    /// Far more than any input takes on a machine that does something else.
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final long MOST_ALLOCATED = 128L << 20;
    private static final int LONGEST_MESSAGE = 8 << 10;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final ExecutorService reader =
            Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());

    private record Observed(Optional<Throwable> thrown, long allocated) {}

    /// What is wrong with how `target` takes `input`; empty if nothing is.
    Optional<String> fault(FuzzTarget target, byte[] input) {
        var running = reader.submit(() -> observe(target, input));
        try {
            Observed observed = running.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            return observed.thrown()
                    .flatMap(Judge::fault)
                    .or(() -> memoryFault(observed.allocated()));
        } catch (TimeoutException e) {
            return Optional.of("does not end within " + PATIENCE);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static Observed observe(FuzzTarget target, byte[] input) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        Optional<Throwable> thrown = Optional.empty();
        try {
            target.read(input);
        } catch (Throwable e) {
            thrown = Optional.of(e);
        }
        return new Observed(thrown, THREADS.getCurrentThreadAllocatedBytes() - before);
    }

    private static Optional<String> fault(Throwable thrown) {
        if (!(thrown instanceof CheckpointException
                || thrown instanceof UnsupportedModelException)) {
            return Optional.of("throws " + thrown + " at " + place(thrown));
        }
        int length = thrown.getMessage().length();
        return length > LONGEST_MESSAGE
                ? Optional.of("has a message of %d characters".formatted(length))
                : Optional.empty();
    }

    private static String place(Throwable thrown) {
        StackTraceElement[] trace = thrown.getStackTrace();
        return trace.length == 0 ? "an unknown place" : trace[0].toString();
    }

    private static Optional<String> memoryFault(long allocated) {
        return allocated > MOST_ALLOCATED
                ? Optional.of("allocates %d MiB".formatted(allocated >> 20))
                : Optional.empty();
    }

    @Override
    public void close() {
        reader.shutdownNow();
    }
}
