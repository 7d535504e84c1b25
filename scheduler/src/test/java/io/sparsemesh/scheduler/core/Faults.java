package io.sparsemesh.scheduler.core;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// The dice of one run. When it is calm, nothing goes wrong any more.
final class Faults {

    private final Random random;
    private final Map<Fault, Long> seen = new EnumMap<>(Fault.class);
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

    /// Whether `fault` strikes this time.
    boolean strikes(Fault fault) {
        boolean struck = !calm && random.nextDouble() < fault.probability();
        if (struck) {
            count(fault);
        }
        return struck;
    }

    /// Notes a fault that came about by a choice.
    void count(Fault fault) {
        seen.merge(fault, 1L, Long::sum);
    }

    /// How often each fault struck.
    Map<Fault, Long> seen() {
        return seen;
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
