package io.sparsemesh.cuda.cublas;

/// A row-major matrix of a product: its place in device memory.
///
/// @param address of its first element; of products of many matrices, the address of an array of
///     such addresses
/// @param type of its elements
/// @param stride distance of two rows in elements
/// @param transposed whether the product has its transpose
public record Operand(long address, Type type, long stride, boolean transposed) {

    /// The matrix without its columns before `column`.
    public Operand fromColumn(long column) {
        return new Operand(address + column * type.bytes(), type, stride, transposed);
    }

    /// The matrix without its rows before `row`, before it is transposed.
    public Operand fromRow(long row) {
        return new Operand(address + row * stride * type.bytes(), type, stride, transposed);
    }

    /// The same memory without the transposition.
    public Operand notTransposed() {
        return new Operand(address, type, stride, false);
    }
}
