package io.sparsemesh.engine.device;

/// Which weights of a column block go, by their saliency.
public sealed interface Selection {

    /// Over the whole block.
    ///
    /// @param count how many go, at least 0 and less than there are
    /// @param exact when true exactly `count` go, ties by lowest row, then lowest column; when
    ///     false everything not above the value of rank `count` (from 0) goes, one weight more or,
    ///     with ties, several: what the reference does
    record Smallest(long count, boolean exact) implements Selection {
        public Smallest {
            if (count < 0) {
                throw new IllegalArgumentException("count: expected at least 0, found " + count);
            }
        }
    }

    /// In each row, of each `group` consecutive columns, chosen when the first of them is reached.
    /// A last group of fewer columns loses as many, or all it has. Ties by lowest column.
    ///
    /// @param drop how many go
    /// @param group how many columns are chosen from
    record PerGroup(int drop, int group) implements Selection {
        public PerGroup {
            if (drop < 0 || group < 1 || drop > group) {
                throw new IllegalArgumentException(
                        "expected 0 <= drop <= group, found %d of %d".formatted(drop, group));
            }
        }
    }

    /// Those that are 0 before the block is pruned, and no others: a mask that is chosen already.
    record Zeros() implements Selection {}
}
