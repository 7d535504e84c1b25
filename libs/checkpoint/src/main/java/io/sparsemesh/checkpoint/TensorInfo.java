package io.sparsemesh.checkpoint;

import java.util.List;

/// What a header says about one tensor.
///
/// @param name unique in its file
/// @param dtype type of the elements
/// @param shape dimensions, slowest first; empty for a scalar
/// @param begin first byte, counted from the end of the header
/// @param end byte after the last, `begin + elements * dtype.bytes()`
public record TensorInfo(String name, Dtype dtype, List<Long> shape, long begin, long end) {

    public TensorInfo {
        shape = List.copyOf(shape);
    }

    /// Number of elements; 1 for a scalar.
    public long elements() {
        return (end - begin) / dtype.bytes();
    }

    /// Bytes in the file.
    public long byteSize() {
        return end - begin;
    }
}
