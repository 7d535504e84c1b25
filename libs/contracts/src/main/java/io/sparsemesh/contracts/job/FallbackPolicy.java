package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonProperty;

/// What becomes of a job one of whose layers needed more damping than asked, or another fallback.
public enum FallbackPolicy {
    /// The job ends `DEGRADED` and names the layers.
    @JsonProperty("degrade")
    DEGRADE,
    /// The job ends `FAILED`.
    @JsonProperty("fail")
    FAIL
}
