package io.sparsemesh.contracts.event;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.evaluation.EvaluationResult;
import java.time.Instant;

/// One more slice of a suite is measured.
public record EvaluationUpdated(JobId job, long seq, Instant at, EvaluationResult evaluation)
        implements JobEvent {}
