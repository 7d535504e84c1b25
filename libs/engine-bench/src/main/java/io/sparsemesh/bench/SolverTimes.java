package io.sparsemesh.bench;

import com.fasterxml.jackson.annotation.JsonProperty;

/// One line of results; the names are those of the PyTorch baseline where it has the same.
///
/// @param bits of the kept weights, 16 where they are not quantised
/// @param gramSeconds from the inputs to the Gram matrix, seconds
/// @param factorSeconds of `prune_s`, from the Gram matrix to its factor
/// @param pruneSeconds from weights and Gram matrix to pruned weights and their report
/// @param peakGflops rate of a large matrix product in this run
/// @param limitShare `rows cols^2 + 2/3 cols^3` operations at that rate, over `prune_s`
/// @param sparsity share of zeros
/// @param relativeError of the layer's output on the inputs, squared
record SolverTimes(
        String bench,
        long rows,
        long cols,
        long tokens,
        String pattern,
        int bits,
        String device,
        int threads,
        @JsonProperty("gram_s") double gramSeconds,
        @JsonProperty("factor_s") double factorSeconds,
        @JsonProperty("prune_s") double pruneSeconds,
        @JsonProperty("peak_gflops") double peakGflops,
        @JsonProperty("limit_share") double limitShare,
        double sparsity,
        @JsonProperty("relative_error") double relativeError,
        double loss) {}
