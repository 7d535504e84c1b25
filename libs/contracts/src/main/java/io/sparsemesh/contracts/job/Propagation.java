package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonProperty;

/// Which activations calibrate a block.
public enum Propagation {
    /// Those that the pruned blocks before it produce (the paper).
    @JsonProperty("sequential")
    SEQUENTIAL,
    /// Those of the dense model; all blocks can be solved at once.
    @JsonProperty("dense")
    DENSE
}
