package io.sparsemesh.bench;

import java.util.ArrayList;
import java.util.List;

/// Collects the times of repeated runs. The first run warms up and does not count.
final class Median {

    private final List<Double> seconds = new ArrayList<>();
    private boolean warm;

    /// Runs and times `work`.
    void time(Runnable work) {
        long begin = System.nanoTime();
        work.run();
        add((System.nanoTime() - begin) / 1e9);
    }

    private void add(double time) {
        if (warm) {
            seconds.add(time);
        }
        warm = true;
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
