package io.sparsemesh.contracts.message;

import io.sparsemesh.contracts.JobId;

/// A user wants the job to stop.
public record CancelRequested(JobId job) implements Message.OfJob {}
