package io.sparsemesh.engine.solver;

/// How weights are fitted again on the mask that a solve has chosen.
///
/// @param mix share of the dense model's own output in what a layer aims at, from 0 (the dense
///     layer on the pruned model's inputs) to 1
/// @param iterations steps of conjugate gradient at the most
/// @param tolerance it ends earlier when what is left of the gradient, as the norm that the
///     preconditioner gives, is at most this share of the first; at least 0
/// @param reselections times that the mask is chosen anew and the weights are fitted to it
public record RefitOptions(double mix, int iterations, double tolerance, int reselections) {

    public RefitOptions {
        if (!(mix >= 0 && mix <= 1)) {
            throw new IllegalArgumentException("mix: expected 0 to 1, found " + mix);
        }
        if (iterations < 1) {
            throw new IllegalArgumentException(
                    "iterations: expected at least 1, found " + iterations);
        }
        if (!(tolerance >= 0 && tolerance < 1)) {
            throw new IllegalArgumentException(
                    "tolerance: expected 0 <= tolerance < 1, found " + tolerance);
        }
        if (reselections < 0) {
            throw new IllegalArgumentException(
                    "reselections: expected at least 0, found " + reselections);
        }
    }
}
