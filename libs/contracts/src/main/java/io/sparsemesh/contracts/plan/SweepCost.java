package io.sparsemesh.contracts.plan;

import io.sparsemesh.contracts.job.Method;

/// Estimate of the bytes that several checkpoints take, from that of one.
///
/// @param checkpointBytes of the dense model
record SweepCost(Method method, long checkpointBytes) {

    /// What is not shared is done once more for each further candidate; shared or not, each reads
    /// and writes weights of its own and a checkpoint.
    long all(long one) {
        long further = method.candidates().size() - 1;
        return one + further * (Sharing.of(method).coversAll() ? 2 * checkpointBytes : one);
    }
}
