package io.sparsemesh.contracts.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.job.JobState;
import java.time.Instant;

/// The job entered a state.
///
/// @param reason why it is there, for people
/// @param layersTotal linears to be pruned; 0 before planning
/// @param result present in `SUCCEEDED` and `DEGRADED`
/// @param error present in `FAILED`
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JobChanged(
        JobId job,
        long seq,
        Instant at,
        JobState state,
        String reason,
        int layersTotal,
        JobResult result,
        JobError error)
        implements JobEvent {}
