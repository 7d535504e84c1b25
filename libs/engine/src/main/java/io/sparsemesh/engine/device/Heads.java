package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.util.List;
import java.util.stream.LongStream;

/// The attention heads inside a projection `[tokens x anything]`: head `h` is the `size` columns
/// from `columns[h]`. Separate, concatenated and interleaved projections all have this form, so
/// none of them is copied apart.
///
/// @param data the projection, owned by the caller
/// @param size columns of one head
/// @param columns first column of each head
public record Heads(Matrix data, long size, List<Long> columns) {

    public Heads {
        columns = List.copyOf(columns);
        for (long column : columns) {
            if (size < 1 || column < 0 || column + size > data.cols()) {
                throw new IllegalArgumentException(
                        "heads: columns %d + %d of a projection with %d"
                                .formatted(column, size, data.cols()));
            }
        }
    }

    /// Heads that fill `data`, one beside the other.
    ///
    /// @param count number of heads, a divisor of `data.cols()`
    public static Heads adjacent(Matrix data, long count) {
        return spaced(data, count, data.cols() / count, 0, data.cols() / count);
    }

    /// Heads at a constant distance.
    ///
    /// @param first first column of head 0
    /// @param distance columns from one head to the next
    public static Heads spaced(Matrix data, long count, long size, long first, long distance) {
        List<Long> columns =
                LongStream.range(0, count).mapToObj(h -> first + h * distance).toList();
        return new Heads(data, size, columns);
    }

    /// Number of heads.
    public int count() {
        return columns.size();
    }

    /// Head `h` as a view `[tokens x size]`.
    public Matrix head(int h) {
        return data.columns(columns.get(h), columns.get(h) + size);
    }
}
