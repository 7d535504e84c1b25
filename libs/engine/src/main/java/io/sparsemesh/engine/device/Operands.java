package io.sparsemesh.engine.device;

/// In which type the operands of a product are multiplied. Sums are F32 in any case, and so are
/// matrices.
public enum Operands {
    /// As they are.
    F32,
    /// Rounded to F16 where the device gains by it.
    F16,
    /// Rounded to BF16 where the device gains by it.
    BF16
}
