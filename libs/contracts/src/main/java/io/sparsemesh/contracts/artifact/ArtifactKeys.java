package io.sparsemesh.contracts.artifact;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.task.Lease;

/// Where things lie in the artifact store.
public final class ArtifactKeys {

    private ArtifactKeys() {}

    /// Everything of a job; removed with it.
    public static String jobPrefix(JobId job) {
        return "jobs/" + job;
    }

    /// An output of one attempt of a task. Attempts never share a key, so a late zombie cannot
    /// touch what another one wrote.
    public static String output(Lease lease, String name) {
        return "%s/%s/a%d.d%d/%s"
                .formatted(
                        jobPrefix(lease.job()),
                        lease.task(),
                        lease.attempt(),
                        lease.delivery(),
                        name);
    }

    /// Whether a key is that of an output of a task's attempt, under whatever delivery.
    public static boolean isOutput(String key, JobId job, TaskId task, int attempt) {
        return key.startsWith("%s/%s/a%d.d".formatted(jobPrefix(job), task, attempt));
    }

    /// A list of inputs that is too long for a message, written by the scheduler.
    public static String manifest(JobId job, String task, int attempt) {
        return "%s/%s/manifest-a%d.json".formatted(jobPrefix(job), task, attempt);
    }
}
