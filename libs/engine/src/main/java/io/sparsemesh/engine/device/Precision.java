package io.sparsemesh.engine.device;

/// The arithmetic of a factorisation. Its result is F32 in either case.
public enum Precision {
    F32,
    F64
}
