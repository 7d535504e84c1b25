package io.sparsemesh.cuda.driver;

import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/// Times of operations by name, when `-Dsparsemesh.cuda.profile=true` asks for it: each operation
/// is waited for then, so the sum is more than an unprofiled run takes.
public final class Profile {

    private static final boolean ON = Boolean.getBoolean("sparsemesh.cuda.profile");

    private record Entry(long calls, double seconds) {
        Entry plus(double more) {
            return new Entry(calls + 1, seconds + more);
        }
    }

    private final Map<String, Entry> entries = new TreeMap<>();
    private final AtomicBoolean inside = new AtomicBoolean();

    /// Runs an operation, and waits for it and notes its time if asked.
    public void run(String name, Stream stream, Runnable operation) {
        if (!ON || !inside.compareAndSet(false, true)) {
            operation.run();
            return;
        }
        stream.synchronize();
        long begin = System.nanoTime();
        operation.run();
        stream.synchronize();
        double seconds = (System.nanoTime() - begin) / 1e9;
        entries.merge(name, new Entry(1, seconds), (old, more) -> old.plus(more.seconds));
        inside.set(false);
    }

    /// Prints what was noted, the longest first.
    void print() {
        entries.entrySet().stream()
                .sorted(Comparator.comparingDouble(e -> -e.getValue().seconds()))
                .forEach(
                        e ->
                                System.err.printf(
                                        "%10.3f ms %6d x %s%n",
                                        e.getValue().seconds() * 1e3,
                                        e.getValue().calls(),
                                        e.getKey()));
    }
}
