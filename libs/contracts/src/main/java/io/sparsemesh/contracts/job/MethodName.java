package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonProperty;

/// A pruning method.
public enum MethodName {
    @JsonProperty("sparsegpt")
    SPARSEGPT,
    @JsonProperty("magnitude")
    MAGNITUDE;

    /// Whether it needs Gram matrices of calibration activations.
    public boolean isCalibrated() {
        return this == SPARSEGPT;
    }
}
