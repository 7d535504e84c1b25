package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.Precision;

/// How a Gram matrix was factored.
///
/// @param damping what was added to the diagonal, as a share of its mean
/// @param precision arithmetic of the factorisation
/// @param attempts factorisations tried, 1 when the first one held
public record FactorReport(double damping, Precision precision, int attempts) {

    /// Whether it took more damping or precision than asked for.
    public boolean isFallback() {
        return attempts > 1;
    }
}
