package io.sparsemesh.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Element types of the safetensors format that Sparsemesh reads and writes, little-endian.
public enum Dtype {
    F64(8),
    F32(4),
    F16(2),
    BF16(2),
    I64(8),
    I32(4),
    I16(2),
    I8(1),
    U8(1),
    BOOL(1);

    private final int bytes;

    Dtype(int bytes) {
        this.bytes = bytes;
    }

    /// Bytes of one element.
    public int bytes() {
        return bytes;
    }

    /// Whether elements are floating point numbers, which convert from and to F32.
    public boolean isFloat() {
        return switch (this) {
            case F64, F32, F16, BF16 -> true;
            case I64, I32, I16, I8, U8, BOOL -> false;
        };
    }

    /// Converts floats into this type, rounding to nearest even; too large becomes infinite,
    /// NaN stays NaN, -0.0 stays -0.0. Goes through the memory in pieces, so both may be
    /// files.
    ///
    /// @param floats n F32 in native order, owned by the caller
    /// @param target room for n elements of this type, written little-endian
    /// @throws IllegalArgumentException when this is not a floating point type or the
    ///     sizes differ
    public void fromF32(MemorySegment floats, MemorySegment target) {
        requireFloat();
        FloatConversion.requireSameCount(floats, Float.BYTES, target, bytes);
        FloatConversion.fromF32(this, floats, target);
    }

    /// Converts elements of this type to floats; F64 is rounded to nearest even, the rest is
    /// exact.
    ///
    /// @param source n elements of this type, little-endian, at any alignment
    /// @param floats room for n F32 in native order, owned by the caller
    /// @throws IllegalArgumentException when this is not a floating point type or the
    ///     sizes differ
    public void toF32(MemorySegment source, MemorySegment floats) {
        requireFloat();
        FloatConversion.requireSameCount(source, bytes, floats, Float.BYTES);
        FloatConversion.toF32(this, source, floats);
    }

    private void requireFloat() {
        if (!isFloat()) {
            throw new IllegalArgumentException("expected F64, F32, F16 or BF16, found " + this);
        }
    }

    /// The type a header names.
    ///
    /// @throws CheckpointException for any name that is not one of these types
    static Dtype parse(String file, String tensor, String name) {
        return Arrays.stream(values())
                .filter(type -> type.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new CheckpointException(file, tensor, refusal(name)));
    }

    private static String refusal(String name) {
        String found = CheckpointException.quoted(name);
        return name.startsWith("F8_")
                ? "8-bit floats "
                        + found
                        + " are not supported, convert them to F16, BF16 or F32 first"
                : "expected a dtype of " + Arrays.toString(values()) + ", found " + found;
    }
}
