package io.sparsemesh.contracts.artifact;

/// One file of a checkpoint folder.
///
/// @param name path within the folder
/// @param size bytes
/// @param sha256 64 lower-case hex digits
public record FileDigest(String name, long size, String sha256) {}
