package io.sparsemesh.contracts.message;

import io.sparsemesh.contracts.JobId;

/// A user wants a failed or cancelled job to go on; finished tasks are kept.
public record RetryRequested(JobId job) implements Message.OfJob {}
