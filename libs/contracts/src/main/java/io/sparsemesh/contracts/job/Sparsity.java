package io.sparsemesh.contracts.job;

/// How many weights go.
public sealed interface Sparsity {

    /// A share of each weight matrix, anywhere in it.
    ///
    /// @param share 0 <= share < 1
    record Unstructured(double share) implements Sparsity {}

    /// At most `n` non-zeros in each `m` consecutive inputs of a row.
    record NOutOfM(int n, int m) implements Sparsity {}

    /// The share of zeros that is asked for.
    default double target() {
        return switch (this) {
            case Unstructured(double share) -> share;
            case NOutOfM(int n, int m) -> 1 - (double) n / m;
        };
    }
}
