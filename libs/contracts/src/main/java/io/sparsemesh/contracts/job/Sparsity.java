package io.sparsemesh.contracts.job;

/// How many weights go.
public sealed interface Sparsity {

    /// A share of each weight matrix, anywhere in it.
    ///
    /// @param share 0 <= share < 1
    record Unstructured(double share) implements Sparsity {
        @Override
        public String toString() {
            return Double.toString(share);
        }
    }

    /// At most `n` non-zeros in each `m` consecutive inputs of a row.
    record NOutOfM(int n, int m) implements Sparsity {
        @Override
        public String toString() {
            return n + ":" + m;
        }
    }

    /// @param share of zeros, or null when `pattern` is given
    /// @param pattern `n:m`, or null when `share` is given
    static Sparsity of(Double share, String pattern) {
        return share != null ? new Unstructured(share) : parse(pattern);
    }

    /// Reads `n:m`, or a share.
    ///
    /// @throws NumberFormatException when it is neither
    static Sparsity parse(String text) {
        int colon = text.indexOf(':');
        return colon < 0
                ? new Unstructured(Double.parseDouble(text))
                : new NOutOfM(
                        Integer.parseInt(text.substring(0, colon)),
                        Integer.parseInt(text.substring(colon + 1)));
    }

    /// The share of zeros that is asked for.
    default double target() {
        return switch (this) {
            case Unstructured(double share) -> share;
            case NOutOfM(int n, int m) -> 1 - (double) n / m;
        };
    }
}
