package io.sparsemesh.engine.solver;

/// The outcome of a solve with a refit; the weights were pruned in place.
///
/// @param solve what became of the weights
/// @param refit what the refit did
public record RefitResult(SolveResult solve, RefitReport refit) {}
