package io.sparsemesh.contracts.plan;

/// A pattern that takes too long to match a name, or is the last of many that do together.
public final class PatternCostException extends RuntimeException {

    private final boolean together;

    PatternCostException(String pattern, String name, boolean together) {
        super(
                together
                        ? "the patterns take too long to match the model's names, up to '%s' with '%s'"
                                .formatted(pattern, name)
                        : "the pattern '%s' takes too long to match '%s'".formatted(pattern, name));
        this.together = together;
    }

    /// Whether it is all patterns together, and no other one can be matched either.
    public boolean isTogether() {
        return together;
    }
}
