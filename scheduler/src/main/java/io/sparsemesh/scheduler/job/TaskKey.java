package io.sparsemesh.scheduler.job;

import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;

/// Primary key of a task.
@Embeddable
public record TaskKey(
        @Column(name = "job_id") String jobId, @Column(name = "task_id") String taskId) {}
