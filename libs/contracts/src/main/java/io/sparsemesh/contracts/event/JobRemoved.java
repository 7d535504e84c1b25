package io.sparsemesh.contracts.event;

import io.sparsemesh.contracts.JobId;
import java.time.Instant;

/// The job and its artifacts are gone from the scheduler.
public record JobRemoved(JobId job, long seq, Instant at) implements JobEvent {}
