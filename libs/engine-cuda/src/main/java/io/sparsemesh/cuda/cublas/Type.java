package io.sparsemesh.cuda.cublas;

/// The types of elements, by their numbers in `cudaDataType`.
public enum Type {
    F32(0, 4),
    F64(1, 8),
    F16(2, 2),
    BF16(14, 2);

    private final int code;
    private final int bytes;

    Type(int code, int bytes) {
        this.code = code;
        this.bytes = bytes;
    }

    int code() {
        return code;
    }

    /// Bytes of an element.
    public int bytes() {
        return bytes;
    }
}
