package io.sparsemesh.contracts.task;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.message.Message;

/// Workers stop what they do for the job, and send nothing more about it. Best effort: the lease
/// fence makes late results harmless.
public record AbandonTasks(JobId job) implements Message.OfJob {}
