package io.sparsemesh.checkpoint;

/// What is accepted from outside. Every number is far beyond real checkpoints and small enough
/// that a hostile file cannot fill a 256 MiB heap.
final class Limits {

    static final int HEADER_BYTES = 16 << 20;
    static final int INDEX_BYTES = 16 << 20;
    static final int CONFIG_BYTES = 1 << 20;
    static final int TENSORS = 65_536;

    /// Each is a mapping of its own, of which a process has 65,530 unless the system is told
    /// otherwise.
    static final int SHARDS = 4_096;

    static final int METADATA_ENTRIES = 4_096;
    static final int NAME_BYTES = 512;
    static final int RANK = 32;
    static final int HEADER_DEPTH = 4;
    static final int CONFIG_DEPTH = 32;

    private Limits() {}
}
