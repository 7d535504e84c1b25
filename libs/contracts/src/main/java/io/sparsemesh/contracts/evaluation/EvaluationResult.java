package io.sparsemesh.contracts.evaluation;

import java.util.Map;

/// One suite measured on one variant, maybe not to the end yet.
///
/// @param suite `perplexity` or `zero-shot`
/// @param task the suite's name in the request
/// @param variant `dense` or `pruned`
/// @param metrics as [Tally#metrics], over the slices that are done
/// @param items items done
/// @param slicesDone slices done
/// @param slices slices in all
public record EvaluationResult(
        String suite,
        String task,
        String variant,
        Map<String, Double> metrics,
        long items,
        int slicesDone,
        int slices) {}
