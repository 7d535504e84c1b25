package io.sparsemesh.contracts.event;

import io.sparsemesh.contracts.artifact.FileDigest;
import java.util.List;
import java.util.Map;

/// What a finished job made.
///
/// @param sha256 digest over the checkpoint's files (not the report)
/// @param sparsity share of zeros over all pruned linears
/// @param dense metrics of the dense variant by suite name
/// @param pruned metrics of the pruned variant by suite name
/// @param layers number of pruned linears
/// @param degraded names of linears that needed a fallback
/// @param files every file of the output folder
public record JobResult(
        String outputUri,
        String format,
        String sha256,
        double sparsity,
        Map<String, Map<String, Double>> dense,
        Map<String, Map<String, Double>> pruned,
        int layers,
        List<String> degraded,
        List<FileDigest> files) {}
