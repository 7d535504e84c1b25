package io.sparsemesh.deploy.mesh;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Counts how often each promise was checked, and keeps what broke it.
final class Promises {

    private final Map<Promise, List<String>> violations = new EnumMap<>(Promise.class);
    private final Map<Promise, Integer> checks = new EnumMap<>(Promise.class);

    synchronized void check(Promise promise, boolean kept, String violation) {
        checks.merge(promise, 1, Integer::sum);
        if (!kept) {
            violations.computeIfAbsent(promise, _ -> new ArrayList<>()).add(violation);
        }
    }

    synchronized Map<Promise, List<String>> violations() {
        return new EnumMap<>(violations);
    }

    /// A line for each promise.
    synchronized String table() {
        StringBuilder table =
                new StringBuilder("%-26s %8s %10s%n".formatted("promise", "checks", "violations"));
        for (Promise promise : Promise.values()) {
            int broken = violations.getOrDefault(promise, List.of()).size();
            table.append(
                    "%-26s %8d %10d%n".formatted(promise, checks.getOrDefault(promise, 0), broken));
        }
        return table.toString();
    }
}
