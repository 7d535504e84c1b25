package io.sparsemesh.evaluator.suite;

import io.sparsemesh.engine.solver.NumericalException;

/// Checks what a model says, so that no metric is made of what is not a number.
public final class LogLikelihoods {

    private LogLikelihoods() {}

    /// @param suite name of the suite
    /// @param place what was scored, such as `line 3`
    /// @throws NumericalException naming the suite if the value is not finite
    public static double requireFinite(String suite, String place, double value) {
        if (!Double.isFinite(value)) {
            throw new NumericalException(
                    "suite " + suite,
                    -1,
                    0,
                    "%s: expected a finite log-likelihood, found %s; the model's activations or logits overflow"
                            .formatted(place, value));
        }
        return value;
    }
}
