package io.sparsemesh.contracts.task;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;

/// The right to report on a task: a message whose lease is not the one in the scheduler's database
/// changes nothing.
///
/// @param attempt counted by the scheduler from 1; one more each time it hands the task out again
/// @param delivery Kafka's delivery count of the attempt's record, from 1
/// @param worker name of the process that holds it
public record Lease(JobId job, TaskId task, int attempt, int delivery, String worker) {}
