package io.sparsemesh.contracts.plan;

import io.sparsemesh.contracts.job.Method;

/// What the candidates of a sweep have in common.
public enum Sharing {
    /// The method looks at weights alone.
    NO_CALIBRATION("the method needs no calibration"),

    /// Every block is calibrated with the dense model's activations.
    ALL("all calibration and factors"),

    /// Inside a block the linears before a linear differ already.
    NOTHING("nothing: the linears of a block are pruned one group after the other"),

    /// After the first pruned block each candidate has activations of its own.
    FIRST_BLOCK("calibration and factors of the first pruned block only");

    private final String text;

    Sharing(String text) {
        this.text = text;
    }

    public static Sharing of(Method method) {
        if (!method.name().isCalibrated()) {
            return NO_CALIBRATION;
        }
        return switch (method.propagation()) {
            case DENSE -> ALL;
            case SEQUENTIAL -> FIRST_BLOCK;
            case TRUE_SEQUENTIAL -> NOTHING;
        };
    }

    boolean coversAll() {
        return this == ALL || this == NO_CALIBRATION;
    }

    /// For people.
    public String text() {
        return text;
    }
}
