package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonProperty;

/// Which activations calibrate a block.
public enum Propagation {
    /// Those that the pruned blocks before it produce (the paper).
    @JsonProperty("sequential")
    SEQUENTIAL,
    /// As [#SEQUENTIAL], and inside a block those that the pruned linears before a linear produce.
    @JsonProperty("trueSequential")
    TRUE_SEQUENTIAL,
    /// Those of the dense model; all blocks can be solved at once.
    @JsonProperty("dense")
    DENSE;

    /// Whether a block waits for the pruned blocks before it.
    public boolean isSequential() {
        return this != DENSE;
    }
}
