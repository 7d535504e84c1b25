package io.sparsemesh.contracts.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.job.AllocationResult;
import java.util.List;
import java.util.Map;

/// What a finished job made.
///
/// @param outputUri folder of the checkpoint; of a sweep the one above those of its candidates
/// @param sha256 digest over the checkpoint's files (not the report); absent for a sweep
/// @param sparsity share of zeros over all pruned linears; absent for a sweep
/// @param dense metrics of the dense variant by suite name
/// @param pruned metrics of the pruned variant by suite name; none for a sweep
/// @param layers number of pruned linears, each counted once for each candidate
/// @param degraded names of linears that needed a fallback; in a sweep after the candidate's and
///     `/`
/// @param files every file of the output folder; of a sweep the reports alone, each of which lists
///     its folder's
/// @param shared what the candidates of a sweep had in common; absent for other jobs
/// @param candidates of a sweep, in the order of the request; absent for other jobs
/// @param allocation what came of it; absent if none was asked for
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JobResult(
        String outputUri,
        String format,
        String sha256,
        Double sparsity,
        Map<String, Map<String, Double>> dense,
        Map<String, Map<String, Double>> pruned,
        int layers,
        List<String> degraded,
        List<FileDigest> files,
        String shared,
        List<Candidate> candidates,
        AllocationResult allocation) {

    /// Of one checkpoint.
    public JobResult(
            String outputUri,
            String format,
            String sha256,
            double sparsity,
            Map<String, Map<String, Double>> dense,
            Map<String, Map<String, Double>> pruned,
            int layers,
            List<String> degraded,
            List<FileDigest> files) {
        this(
                outputUri, format, sha256, sparsity, dense, pruned, layers, degraded, files, null,
                null, null);
    }

    /// One checkpoint of a sweep.
    ///
    /// @param target share of zeros or `n:m`
    /// @param pruned metrics by suite name
    public record Candidate(
            String name,
            String target,
            String outputUri,
            String sha256,
            double sparsity,
            Map<String, Map<String, Double>> pruned) {}
}
