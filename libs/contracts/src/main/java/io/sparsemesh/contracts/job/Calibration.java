package io.sparsemesh.contracts.job;

/// Calibration data of a job.
///
/// @param source text or token ids
/// @param samples number of sequences
/// @param sequenceLength tokens of a sequence
/// @param seed chooses the samples from a text; token ids are used from the front
public record Calibration(TextSource source, int samples, int sequenceLength, long seed) {}
