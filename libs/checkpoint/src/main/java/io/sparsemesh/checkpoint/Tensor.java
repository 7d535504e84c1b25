package io.sparsemesh.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// A dense row-major tensor over memory it does not own: usually a mapped file, readable until
/// that file is closed. The bytes are as in the file: little-endian, at any alignment.
///
/// @param name for messages
/// @param dtype type of the elements
/// @param shape dimensions, slowest first; empty for a scalar
/// @param data exactly `elements() * dtype.bytes()` bytes
public record Tensor(String name, Dtype dtype, List<Long> shape, MemorySegment data) {

    /// @throws CheckpointException when `data` is not as long as the shape asks
    public Tensor {
        shape = List.copyOf(shape);
        long expected = Shape.bytes("", name, dtype, shape);
        if (data.byteSize() != expected) {
            throw new CheckpointException(
                    "",
                    name,
                    "%s %s: expected %d bytes, found %d"
                            .formatted(dtype, shape, expected, data.byteSize()));
        }
    }

    /// Number of elements; 1 for a scalar.
    public long elements() {
        return data.byteSize() / dtype.bytes();
    }

    /// Number of dimensions.
    public int rank() {
        return shape.size();
    }

    /// Length of dimension `index`, 0 being the slowest.
    public long dimension(int index) {
        return shape.get(index);
    }

    /// Converts elements to F32 into the caller's memory, as many as it has room for.
    ///
    /// @param firstElement row-major index of the first element to read
    /// @param target n * 4 bytes, filled with n floats in native order
    /// @throws CheckpointException when the elements are not floating point numbers
    /// @throws IndexOutOfBoundsException when the tensor ends before `target` is full
    public void readF32(long firstElement, MemorySegment target) {
        if (!dtype.isFloat()) {
            throw new CheckpointException(
                    "", name, "expected F64, F32, F16 or BF16, found " + dtype);
        }
        dtype.toF32(elements(firstElement, target.byteSize() / Float.BYTES), target);
    }

    /// As [#readF32(long, MemorySegment)] for a part of `target`.
    ///
    /// @param targetElement index of the first float to write
    /// @param count number of elements
    public void readF32(long firstElement, MemorySegment target, long targetElement, long count) {
        readF32(firstElement, target.asSlice(targetElement * Float.BYTES, count * Float.BYTES));
    }

    /// All elements as floats on the heap. For small tensors.
    ///
    /// @throws ArithmeticException beyond 2^31 - 1 elements
    public float[] toFloats() {
        float[] floats = new float[Math.toIntExact(elements())];
        readF32(0, MemorySegment.ofArray(floats));
        return floats;
    }

    /// Elements of an integer or BOOL tensor, widened to 64 bits (U8 and BOOL without sign).
    ///
    /// @throws CheckpointException when the elements are floating point numbers
    /// @throws IndexOutOfBoundsException when the tensor has fewer than `firstElement +
    ///     count`
    public long[] readLongs(long firstElement, int count) {
        MemorySegment source = elements(firstElement, count);
        long[] values = new long[count];
        switch (dtype) {
            case I64 -> MemorySegment.copy(source, FloatConversion.LONG_LE, 0, values, 0, count);
            case I32 -> {
                for (int i = 0; i < count; i++) {
                    values[i] = source.get(FloatConversion.INT_LE, (long) i * Integer.BYTES);
                }
            }
            case I16 -> {
                for (int i = 0; i < count; i++) {
                    values[i] = source.get(FloatConversion.SHORT_LE, (long) i * Short.BYTES);
                }
            }
            case I8 -> {
                for (int i = 0; i < count; i++) {
                    values[i] = source.get(ValueLayout.JAVA_BYTE, i);
                }
            }
            case U8, BOOL -> {
                for (int i = 0; i < count; i++) {
                    values[i] = Byte.toUnsignedInt(source.get(ValueLayout.JAVA_BYTE, i));
                }
            }
            case F64, F32, F16, BF16 ->
                    throw new CheckpointException("", name, "expected integers, found " + dtype);
        }
        return values;
    }

    /// Gives all bytes to `sink`, and [#release]s them.
    void writeTo(TensorSource.Sink sink) throws IOException {
        BytesRead.add(data.byteSize());
        sink.write(data);
        release();
    }

    /// Lets the system take back the memory of a mapped tensor: for those who have read what they
    /// need, so that a process holds the weights it works on and not a whole checkpoint. What is
    /// read later comes from the file again. Of other tensors nothing is given back.
    public void release() {
        if (data.isMapped()) {
            data.unload();
        }
    }

    /// First byte that differs from another tensor's, or -1.
    public long mismatch(Tensor other) {
        BytesRead.add(data.byteSize() + other.data.byteSize());
        return data.mismatch(other.data);
    }

    /// Some of the elements as a matrix, over the same memory.
    ///
    /// @param first row-major index of its first element
    /// @throws IndexOutOfBoundsException when the tensor has fewer than `first + rows * cols`
    public Tensor part(long first, long rows, long cols) {
        return new Tensor(name, dtype, List.of(rows, cols), slice(first, rows * cols));
    }

    /// The bytes of some elements, as in the file.
    ///
    /// @throws IndexOutOfBoundsException when the tensor has fewer than `first + count`
    public MemorySegment elements(long first, long count) {
        MemorySegment bytes = slice(first, count);
        BytesRead.add(bytes.byteSize());
        return bytes;
    }

    private MemorySegment slice(long first, long count) {
        if (first < 0 || count < 0 || first > elements() - count) {
            throw new IndexOutOfBoundsException(
                    "tensor '%s': elements %d + %d of %d"
                            .formatted(name, first, count, elements()));
        }
        return data.asSlice(first * dtype.bytes(), count * dtype.bytes());
    }
}
