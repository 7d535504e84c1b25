package io.sparsemesh.engine.solver;

/// The outcome of a solve; the weights were pruned in place.
///
/// @param stats what became of the weights
/// @param factor how the Gram matrix was factored
public record SolveResult(LayerStats stats, FactorReport factor) {}
