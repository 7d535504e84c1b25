package io.sparsemesh.engine.device;

/// A device's own memory.
///
/// @param usedBytes in use, by whatever process
/// @param totalBytes installed
public record DeviceMemory(long usedBytes, long totalBytes) {}
