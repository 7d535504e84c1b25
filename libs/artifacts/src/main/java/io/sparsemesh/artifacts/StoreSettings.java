package io.sparsemesh.artifacts;

import java.nio.file.Path;
import java.util.Optional;

/// Where the artifacts of a mesh lie.
///
/// @param store a directory, or `s3://bucket/prefix`
/// @param durable whether what is stored in a directory is to survive the machine's crash
/// @param cache folder for copies of what lies in S3, shared by the processes of a machine
/// @param cacheBytes what that folder may hold
public record StoreSettings(
        String store, boolean durable, Optional<Path> cache, long cacheBytes, S3Settings s3) {}
