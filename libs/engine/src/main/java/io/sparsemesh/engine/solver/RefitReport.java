package io.sparsemesh.engine.solver;

/// What a refit did to the weights of a layer.
///
/// @param errorBefore without it, `tr((T - Q) H (T - Q)^T) / tr(W H W^T)`, with T the weights that
///     the layer aims at and H damped above, not below
/// @param errorAfter the same of the refitted weights
/// @param iterations steps of conjugate gradient that were taken
public record RefitReport(double errorBefore, double errorAfter, int iterations) {

    /// Whether the refitted weights stay: they never raise the error.
    public boolean kept() {
        return errorAfter < errorBefore;
    }
}
