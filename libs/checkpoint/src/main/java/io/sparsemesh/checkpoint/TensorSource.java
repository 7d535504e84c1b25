package io.sparsemesh.checkpoint;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// One tensor to write: its header entry and where its bytes come from.
///
/// @param name unique in its file
/// @param dtype type of the elements
/// @param shape dimensions, slowest first; empty for a scalar
/// @param content asked once for the bytes, when their turn comes
public record TensorSource(String name, Dtype dtype, List<Long> shape, Content content) {

    private static final int PIECE_ELEMENTS = 1 << 16;

    public TensorSource {
        shape = List.copyOf(shape);
    }

    /// Streams the bytes of one tensor, little-endian and row-major, in as many pieces as it
    /// likes.
    @FunctionalInterface
    public interface Content {
        /// @throws IOException when the bytes cannot be had; the file is then not written
        void writeTo(Sink sink) throws IOException;
    }

    /// Takes the bytes of one tensor in order.
    @FunctionalInterface
    public interface Sink {
        /// Takes all of `bytes`, which the caller may reuse afterwards.
        void write(MemorySegment bytes) throws IOException;
    }

    /// Size in bytes.
    public long byteSize() {
        return Shape.bytes("", name, dtype, shape);
    }

    /// The bytes of `tensor` as they are.
    public static TensorSource of(Tensor tensor) {
        return new TensorSource(tensor.name(), tensor.dtype(), tensor.shape(), tensor::writeTo);
    }

    /// Floats in native order, converted to `dtype` piece by piece as [Dtype#fromF32] does.
    ///
    /// @param floats one F32 per element, readable until the file is written
    public static TensorSource ofF32(
            String name, Dtype dtype, List<Long> shape, MemorySegment floats) {
        return new TensorSource(name, dtype, shape, converted(dtype, floats));
    }

    /// Content of [#ofF32]: the floats as elements of `dtype`.
    public static Content converted(Dtype dtype, MemorySegment floats) {
        return sink -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment piece = arena.allocate((long) PIECE_ELEMENTS * dtype.bytes());
                long count = floats.byteSize() / Float.BYTES;
                for (long first = 0; first < count; first += PIECE_ELEMENTS) {
                    long n = Math.min(PIECE_ELEMENTS, count - first);
                    MemorySegment target = piece.asSlice(0, n * dtype.bytes());
                    dtype.fromF32(floats.asSlice(first * Float.BYTES, n * Float.BYTES), target);
                    sink.write(target);
                }
            }
        };
    }
}
