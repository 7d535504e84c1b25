package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskKind;
import java.util.Optional;

/// One task of a job.
///
/// @param ordinal position in the plan, from 0
/// @param attempt number of the last attempt handed out, 0 before the first; never goes down
/// @param failures attempts that a worker reported failed, since the job was last submitted or
///     retried
/// @param losses attempts whose worker vanished or took too long, since then
public record Task(
        int ordinal, PlannedTask planned, int attempt, int failures, int losses, Phase phase) {

    public TaskId id() {
        return planned.id();
    }

    public TaskStatus status() {
        return phase.status();
    }

    /// Whether those that depend on it need not wait: it is done, or a measurement that the job
    /// does without.
    boolean isSettled() {
        return status() == TaskStatus.SUCCEEDED
                || status() == TaskStatus.CANCELLED && planned.kind() == TaskKind.EVALUATE;
    }

    public Pool pool() {
        return Pool.of(planned.kind());
    }

    /// The one lease under which this task may be reported on, while it is running.
    public Optional<Lease> lease(JobId job) {
        return phase instanceof Phase.Running running
                ? Optional.of(new Lease(job, id(), attempt, running.delivery(), running.worker()))
                : Optional.empty();
    }

    Task with(Phase next) {
        return new Task(ordinal, planned, attempt, failures, losses, next);
    }

    Task nextAttempt(Phase next) {
        return new Task(ordinal, planned, attempt + 1, failures, losses, next);
    }

    Task afterFailure(Phase next) {
        return new Task(ordinal, planned, attempt, failures + 1, losses, next);
    }

    Task afterLoss(Phase next) {
        return new Task(ordinal, planned, attempt, failures, losses + 1, next);
    }

    /// As at the start, but that its attempts go on counting.
    Task renewed(Phase next) {
        return new Task(ordinal, planned, attempt, 0, 0, next);
    }
}
