package io.sparsemesh.scheduler.core;

/// A simulated run broke an invariant.
final class Violation extends AssertionError {

    private final String invariant;

    Violation(String invariant, String detail) {
        super(invariant + ": " + detail);
        this.invariant = invariant;
    }

    private Violation(String invariant, String message, Throwable cause) {
        super(message, cause);
        this.invariant = invariant;
    }

    /// The same, saying how to see it again.
    Violation in(long seed) {
        return new Violation(invariant, "seed %d: %s".formatted(seed, getMessage()), this);
    }

    String invariant() {
        return invariant;
    }

    static void unless(boolean holds, String invariant, Object detail) {
        if (!holds) {
            throw new Violation(invariant, String.valueOf(detail));
        }
    }
}
