package io.sparsemesh.contracts.job;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What came of an allocation: it is compared with the uniform one, and the better stays.
///
/// @param asked the allocation that was asked for
/// @param kept `uniform`, or what was asked for
/// @param reason why, for people
/// @param suite the perplexity suite that decided
/// @param perplexity on it, by candidate
/// @param predictedErrors by candidate, what the allocation made least; none for `owl`
/// @param blocks mean sparsity of each block in the allocated checkpoint
public record AllocationResult(
        Allocation asked,
        String kept,
        String reason,
        String suite,
        Map<String, Double> perplexity,
        Map<String, Double> predictedErrors,
        List<BlockShare> blocks) {

    public AllocationResult {
        perplexity = Collections.unmodifiableMap(new TreeMap<>(perplexity));
        predictedErrors = Collections.unmodifiableMap(new TreeMap<>(predictedErrors));
        blocks = List.copyOf(blocks);
    }
}
