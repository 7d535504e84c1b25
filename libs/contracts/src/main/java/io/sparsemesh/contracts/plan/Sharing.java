package io.sparsemesh.contracts.plan;

import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.Propagation;

/// What the candidates of a sweep have in common.
public enum Sharing {
    /// The method looks at weights alone.
    NO_CALIBRATION("the method needs no calibration"),

    /// Every block is calibrated with the dense model's activations.
    ALL("all calibration and factors"),

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
        return method.propagation() == Propagation.DENSE ? ALL : FIRST_BLOCK;
    }

    boolean coversAll() {
        return this != FIRST_BLOCK;
    }

    /// For people.
    public String text() {
        return text;
    }
}
