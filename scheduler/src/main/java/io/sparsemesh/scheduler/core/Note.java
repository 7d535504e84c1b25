package io.sparsemesh.scheduler.core;

/// What a decision was about, for metrics.
public enum Note {
    /// A worker's message under a lease that is not the current one; it changed nothing.
    STALE,
    /// A request that the job's state forbids, or one that was met before; it changed nothing.
    ILLEGAL,
    /// An attempt whose result was taken.
    ATTEMPT_SUCCEEDED,
    /// An attempt that its worker reported failed.
    ATTEMPT_FAILED,
    /// A lease without heartbeat for too long.
    LEASE_EXPIRED,
    /// An attempt that ran too long.
    RAN_TOO_LONG,
    /// An attempt that lay in Kafka too long although a worker was idle.
    NOT_PICKED_UP,
    /// A result that was taken back, because its artifact is gone or has other bytes.
    ARTIFACT_DAMAGED
}
