package io.sparsemesh.contracts.job;

/// What an allocation gives to a block.
///
/// @param sparsity share of zeros over the block's allocated linears, weighted by their sizes
public record BlockShare(int block, double sparsity) {}
