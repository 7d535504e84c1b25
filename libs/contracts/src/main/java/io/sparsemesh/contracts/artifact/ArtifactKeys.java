package io.sparsemesh.contracts.artifact;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.task.Lease;
import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where things lie in the artifact store.
public final class ArtifactKeys {

    private static final Pattern ATTEMPT =
            Pattern.compile("(?<task>jobs/[^/]+/[^/]+)/a(?<attempt>[0-9]{1,9})\\.d[0-9]+(?=/)");

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

    /// Everything of a task.
    public static String taskPrefix(JobId job, TaskId task) {
        return jobPrefix(job) + "/" + task;
    }

    /// The folders of a task's attempts up to `attempt` that `keys` lie in.
    public static SortedSet<String> outputsThrough(
            Collection<String> keys, String taskPrefix, int attempt) {
        SortedSet<String> folders = new TreeSet<>();
        for (String key : keys) {
            Matcher folder = ATTEMPT.matcher(key);
            if (folder.lookingAt()
                    && folder.group("task").equals(taskPrefix)
                    && Integer.parseInt(folder.group("attempt")) <= attempt) {
                folders.add(folder.group());
            }
        }
        return folders;
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
