package io.sparsemesh.evaluator.suite;

import java.util.List;

/// A part of a suite's items: `index * n / count` to `(index + 1) * n / count`, exclusive, of n.
///
/// @param index counted from 0
/// @param count number of slices
public record Slice(int index, int count) {

    public Slice {
        if (index < 0 || index >= count) {
            throw new IllegalArgumentException(
                    "expected a slice of 0 to %d, found %d".formatted(count - 1, index));
        }
    }

    /// The items of this slice, maybe none.
    public <T> List<T> of(List<T> items) {
        return items.subList(bound(index, items.size()), bound(index + 1L, items.size()));
    }

    private int bound(long slice, int items) {
        return Math.toIntExact(slice * items / count);
    }
}
