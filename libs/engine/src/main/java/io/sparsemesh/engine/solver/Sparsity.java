package io.sparsemesh.engine.solver;

/// How many weights of a matrix go, and where.
public sealed interface Sparsity {

    /// A share of all weights, wherever they lie.
    ///
    /// @param share from 0 to 1, 1 excluded
    record Unstructured(double share) implements Sparsity {
        public Unstructured {
            if (!(share >= 0 && share < 1)) {
                throw new IllegalArgumentException(
                        "sparsity: expected 0 <= share < 1, found " + share);
            }
        }

        @Override
        public String toString() {
            return Double.toString(share);
        }
    }

    /// At most `kept` non-zeros in each `group` consecutive inputs: `2:4` is `NOutOfM(2, 4)`.
    record NOutOfM(int kept, int group) implements Sparsity {
        public NOutOfM {
            if (kept < 0 || group < 1 || kept > group) {
                throw new IllegalArgumentException(
                        "n:m: expected 0 <= n <= m, found %d:%d".formatted(kept, group));
            }
        }

        @Override
        public String toString() {
            return kept + ":" + group;
        }
    }
}
