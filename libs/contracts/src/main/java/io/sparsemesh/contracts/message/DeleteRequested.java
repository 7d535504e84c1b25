package io.sparsemesh.contracts.message;

import io.sparsemesh.contracts.JobId;

/// A user wants a terminal job and its artifacts gone.
public record DeleteRequested(JobId job) implements Message.OfJob {}
