package io.sparsemesh.worker.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sparsemesh.artifacts.Digests;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.evaluation.EvaluationResult;
import io.sparsemesh.contracts.job.AllocationResult;
import io.sparsemesh.contracts.job.RequestDocument;
import io.sparsemesh.contracts.task.ReportManifest;
import io.sparsemesh.contracts.task.TaskOutput.LayerReport;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/// What `sparsemesh-report.json` holds.
///
/// @param request as the API takes it: submitted again it gives the same files, unless a retry
///     changed the damping
/// @param retryDamping that layers got that were not solved when a retry gave it, absent if none
///     did
/// @param calibration absent when the method needs none
/// @param sha256 digest over the lines `sha256  name` of `files`, sorted by name
/// @param sparsity share of zeros over all pruned linears
/// @param files every file of the folder but this one
/// @param allocation what came of it; absent if none was asked for
@JsonInclude(JsonInclude.Include.NON_NULL)
record SparsemeshReport(
        JobId job,
        Versions versions,
        RequestDocument request,
        Double retryDamping,
        CalibrationIds calibration,
        String sha256,
        double sparsity,
        List<LayerReport> layers,
        List<EvaluationResult> evaluations,
        List<FileDigest> files,
        AllocationResult allocation) {

    /// @param sparsemesh version of the worker that wrote the report
    record Versions(String sparsemesh, String java) {}

    /// Which token ids the calibration used.
    ///
    /// @param sha256 digest over the lines of `shards`, each ended by a line feed
    /// @param shards digests over the token ids of each shard, as little-endian I64
    record CalibrationIds(String sha256, List<String> shards) {

        static CalibrationIds of(List<String> shards) {
            String lines = shards.stream().map(s -> s + "\n").collect(Collectors.joining());
            return new CalibrationIds(
                    Digests.ofBytes(lines.getBytes(StandardCharsets.UTF_8)), shards);
        }
    }

    static SparsemeshReport of(ReportManifest manifest, String version) {
        return new SparsemeshReport(
                manifest.job(),
                new Versions(version, Runtime.version().toString()),
                RequestDocument.of(manifest.request()),
                manifest.retryDamping(),
                manifest.calibrationIds().isEmpty()
                        ? null
                        : CalibrationIds.of(manifest.calibrationIds()),
                manifest.assembled().sha256(),
                manifest.assembled().sparsity(),
                manifest.layers(),
                manifest.evaluations(),
                manifest.assembled().files(),
                manifest.allocation());
    }
}
