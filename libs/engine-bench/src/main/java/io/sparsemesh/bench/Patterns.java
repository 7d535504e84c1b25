package io.sparsemesh.bench;

import io.sparsemesh.engine.solver.Sparsity;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// The option `--pattern`.
final class Patterns {

    private Patterns() {}

    /// @param pattern such as `0.5` or `2:4`
    /// @throws ParameterException when it is neither
    static Sparsity parse(CommandSpec spec, String pattern) {
        try {
            int colon = pattern.indexOf(':');
            return colon < 0
                    ? new Sparsity.Unstructured(Double.parseDouble(pattern))
                    : new Sparsity.NOutOfM(
                            Integer.parseInt(pattern.substring(0, colon)),
                            Integer.parseInt(pattern.substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--pattern: expected a share such as 0.5, or n:m such as 2:4, found '%s'"
                            .formatted(pattern),
                    e);
        }
    }
}
