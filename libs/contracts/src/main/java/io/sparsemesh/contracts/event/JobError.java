package io.sparsemesh.contracts.event;

/// Why a job failed.
///
/// @param code a [io.sparsemesh.contracts.task.Failure.Kind] name, or `PLAN`, `DEADLINE`,
/// `FALLBACK`, `QUALITY`
/// @param task the task that failed, empty if none
public record JobError(String code, String message, String task) {}
