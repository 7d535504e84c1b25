package io.sparsemesh.scheduler.core;

import java.util.List;
import java.util.Random;

/// The dice of one run. When it is calm, nothing goes wrong any more.
final class Faults {

    private final Random random;
    private boolean calm;

    Faults(long seed) {
        this.random = new Random(seed * 0x9E3779B97F4A7C15L + 1);
    }

    void calm() {
        calm = true;
    }

    boolean isCalm() {
        return calm;
    }

    /// Whether a fault of this probability strikes.
    boolean strikes(double probability) {
        return !calm && random.nextDouble() < probability;
    }

    /// A choice that is no fault.
    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    /// From 0 to `bound`, exclusive.
    int below(int bound) {
        return random.nextInt(bound);
    }

    <T> T pick(List<T> items) {
        return items.get(random.nextInt(items.size()));
    }
}
