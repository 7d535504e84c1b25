package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonProperty;

/// How the weights that stay are fitted again once the mask is chosen.
///
/// @param mode what a layer aims at
/// @param mix share of the dense model's output in the aim; 0 for [Mode#REFIT]
/// @param iterations steps of conjugate gradient at the most
/// @param tolerance share of the first gradient at which it ends earlier
/// @param reselections times that the mask is chosen anew and the weights are fitted to it
public record Refit(Mode mode, double mix, int iterations, double tolerance, int reselections) {

    /// What a layer aims at.
    public enum Mode {
        /// What the dense layer gives on the pruned model's inputs.
        @JsonProperty("refit")
        REFIT,
        /// What the layer gave in the dense model, in part.
        @JsonProperty("target")
        TARGET
    }

    /// Whether the dense model's activations are needed beside the pruned one's.
    public boolean needsDense() {
        return mode == Mode.TARGET && mix > 0;
    }
}
