package io.sparsemesh.gateway.webhook;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// How many attempts this gateway is making, by receiver.
final class InFlight {

    private final int most;
    private final int mostToOne;
    private final Map<String, Integer> counts = new HashMap<>();
    private int total;

    /// @param most attempts at a time
    /// @param mostToOne of these to one receiver
    InFlight(int most, int mostToOne) {
        this.most = most;
        this.mostToOne = mostToOne;
    }

    synchronized int room() {
        return most - total;
    }

    /// Receivers that can take no more now.
    synchronized Set<String> busy() {
        return counts.entrySet().stream()
                .filter(entry -> entry.getValue() >= mostToOne)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    synchronized void add(String receiver) {
        counts.merge(receiver, 1, Integer::sum);
        total++;
    }

    synchronized void remove(String receiver) {
        counts.computeIfPresent(receiver, (_, count) -> count == 1 ? null : count - 1);
        total--;
    }
}
