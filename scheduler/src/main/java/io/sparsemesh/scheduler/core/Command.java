package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.event.JobEvent;

/// What is to be done because of a decision, in the transaction that stores it.
public sealed interface Command {

    /// Hand out the task's attempt.
    record PublishTask(JobId job, TaskId task, int attempt, WorkDraft work) implements Command {}

    /// Tell the gateways.
    record Emit(JobEvent event) implements Command {}

    /// Tell the workers to let go of the job's tasks.
    record Abandon(JobId job) implements Command {}

    /// Remove everything that the store holds of the job.
    record DeleteArtifacts(JobId job) implements Command {}

    /// Remove what the attempts of a task up to `attempt` have stored.
    record DeleteOutputs(JobId job, TaskId task, int attempt) implements Command {}
}
