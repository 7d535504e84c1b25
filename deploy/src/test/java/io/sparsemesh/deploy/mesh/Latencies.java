package io.sparsemesh.deploy.mesh;

import io.sparsemesh.deploy.bench.Quantiles;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/// How long calls of several kinds took; those that failed are kept as their messages.
final class Latencies {

    private static final double NANOS_PER_MILLI = 1e6;

    private final Map<String, Queue<Double>> millis = new ConcurrentHashMap<>();
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();

    /// Makes a call and returns its answer; nothing if it failed.
    <T> Optional<T> time(String kind, Supplier<T> call) {
        return timeSince(System.nanoTime(), kind, call);
    }

    /// The same of a call that was due at a certain time: that it could not begin then counts too.
    <T> Optional<T> timeSince(long due, String kind, Supplier<T> call) {
        try {
            T answer = call.get();
            millis.computeIfAbsent(kind, _ -> new ConcurrentLinkedQueue<>())
                    .add((System.nanoTime() - due) / NANOS_PER_MILLI);
            return Optional.of(answer);
        } catch (RuntimeException e) {
            errors.add(kind + ": " + e);
            return Optional.empty();
        }
    }

    Queue<String> errors() {
        return errors;
    }

    /// In milliseconds.
    Map<String, Quantiles> quantiles() {
        Map<String, Quantiles> quantiles = new TreeMap<>();
        millis.forEach((kind, all) -> quantiles.put(kind, Quantiles.of(all)));
        return quantiles;
    }
}
