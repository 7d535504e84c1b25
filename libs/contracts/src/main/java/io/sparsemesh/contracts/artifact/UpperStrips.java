package io.sparsemesh.contracts.artifact;

import java.util.List;
import java.util.stream.LongStream;

/// How a symmetric matrix lies in an artifact: its upper triangle in strips of rows, from the top,
/// each from its diagonal block on and row by row. The diagonal blocks are whole, so that each
/// strip is a matrix.
///
/// @param size rows and columns of the matrix
public record UpperStrips(long size) {

    /// Rows of a strip, of the last one at most.
    private static final long HEIGHT = 128;

    /// @param top its first row, and its first column: it ends with the matrix' last one
    /// @param height its rows
    /// @param width its columns
    /// @param first index of its first element among all that are stored
    public record Strip(long top, long height, long width, long first) {

        /// Its first row, and column, below and to the right of its diagonal block.
        public long end() {
            return top + height;
        }
    }

    /// Number of elements that are stored.
    public long elements() {
        long whole = size / HEIGHT;
        return before(whole) + (size - whole * HEIGHT) * (size - whole * HEIGHT);
    }

    /// Elements of the first strips.
    private long before(long strips) {
        return HEIGHT * (strips * size - HEIGHT * strips * (strips - 1) / 2);
    }

    public List<Strip> strips() {
        return LongStream.range(0, Math.ceilDiv(size, HEIGHT))
                .mapToObj(
                        i -> {
                            long top = i * HEIGHT;
                            long height = Math.min(HEIGHT, size - top);
                            return new Strip(top, height, size - top, before(i));
                        })
                .toList();
    }
}
