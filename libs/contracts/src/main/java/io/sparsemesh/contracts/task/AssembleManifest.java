package io.sparsemesh.contracts.task;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.job.JobRequest;
import java.util.List;

/// Input of an assemble task, stored as a JSON artifact because it outgrows a message.
///
/// @param request for the one checkpoint
/// @param weights outputs of its solve tasks, in block and group order
/// @param layers the report of every pruned linear, in the same order
public record AssembleManifest(
        JobId job,
        JobRequest request,
        List<ArtifactRef> weights,
        List<TaskOutput.LayerReport> layers) {}
