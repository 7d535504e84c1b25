package io.sparsemesh.taskqueue;

/// Where a worker can be told to end as if killed, for tests of faults.
public enum HaltPoint {
    /// A task is taken and announced, its record not yet accepted.
    BEFORE_ACCEPT
}
