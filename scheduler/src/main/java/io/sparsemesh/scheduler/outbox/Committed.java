package io.sparsemesh.scheduler.outbox;

/// Fired when a transaction that changed a job was committed: there may be messages to publish
/// and tasks to hand out.
public record Committed() {}
