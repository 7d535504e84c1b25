package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonProperty;

/// A pruning method.
public enum MethodName {
    @JsonProperty("sparsegpt")
    SPARSEGPT,
    @JsonProperty("magnitude")
    MAGNITUDE,
    @JsonProperty("wanda")
    WANDA;

    /// Whether it needs Gram matrices of calibration activations.
    public boolean isCalibrated() {
        return this != MAGNITUDE;
    }

    /// Whether the weights that stay make up for those that go: block size, damping and
    /// quantisation belong to such a method.
    public boolean isCompensating() {
        return this == SPARSEGPT;
    }
}
