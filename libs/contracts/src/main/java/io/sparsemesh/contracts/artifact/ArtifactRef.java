package io.sparsemesh.contracts.artifact;

/// A whole, immutable artifact in the store.
///
/// @param key path in the store, `/`-separated, relative
/// @param size bytes
/// @param sha256 digest of all bytes, 64 lower-case hex digits
public record ArtifactRef(String key, long size, String sha256) {}
