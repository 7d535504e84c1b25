package io.sparsemesh.engine.device;

/// Hardware that a device computes on besides the host's processor.
///
/// @param name the maker's, such as `NVIDIA H200`
/// @param memoryBytes all memory it has, whoever uses it
/// @param driver version of the software that drives it, such as `580.82.07 for CUDA 13.0`
public record Accelerator(String name, long memoryBytes, String driver) {}
