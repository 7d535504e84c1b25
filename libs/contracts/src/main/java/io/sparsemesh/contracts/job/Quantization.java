package io.sparsemesh.contracts.job;

/// How the weights that stay are rounded, in the same pass that prunes.
///
/// @param bits of an integer: 2, 3, 4 or 8
/// @param symmetric whether 0 lies in the middle of each grid
/// @param groupSize consecutive inputs of a row that share a grid; 0 for one grid a row
public record Quantization(int bits, boolean symmetric, int groupSize) {}
