package io.sparsemesh.bench;

import java.util.ArrayList;
import java.util.List;

/// Collects the times of repeated runs.
final class Median {

    private final List<Double> seconds = new ArrayList<>();

    /// Runs `work` for a while, once at least, so that what follows is compiled code.
    static void warmUp(double seconds, Runnable work) {
        long begin = System.nanoTime();
        do {
            work.run();
        } while (System.nanoTime() - begin < seconds * 1e9);
    }

    /// Runs and times `work`.
    void time(Runnable work) {
        long begin = System.nanoTime();
        work.run();
        seconds.add((System.nanoTime() - begin) / 1e9);
    }

    /// Forgets the times so far.
    void reset() {
        seconds.clear();
    }

    /// The middle time in seconds, of two middle ones the mean.
    double seconds() {
        List<Double> sorted = seconds.stream().sorted().toList();
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? sorted.get(half)
                : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }

    double fastest() {
        return seconds.stream().min(Double::compare).orElseThrow();
    }
}
