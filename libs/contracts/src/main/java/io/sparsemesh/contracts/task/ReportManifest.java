package io.sparsemesh.contracts.task;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.evaluation.EvaluationResult;
import io.sparsemesh.contracts.job.AllocationResult;
import io.sparsemesh.contracts.job.JobRequest;
import java.util.List;

/// Input of a report task, stored as a JSON artifact.
///
/// @param request for the one checkpoint
/// @param calibrationIds digests over the token ids of the shards, in shard order
/// @param assembled what assemble said of the folder
/// @param allocation what came of it; absent if none was asked for
/// @param retryDamping that a retry gave to layers not solved before it; absent if none did
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ReportManifest(
        JobId job,
        JobRequest request,
        List<String> calibrationIds,
        List<TaskOutput.LayerReport> layers,
        List<EvaluationResult> evaluations,
        TaskOutput.Assembled assembled,
        Double retryDamping,
        AllocationResult allocation) {}
