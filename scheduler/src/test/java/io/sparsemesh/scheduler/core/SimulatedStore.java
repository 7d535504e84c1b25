package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.artifact.ArtifactKeys;
import java.util.HashSet;
import java.util.Set;

/// An artifact store that removes what it is told to as soon as that is committed, which is the
/// worst for whoever might still read it.
final class SimulatedStore {

    private final Set<Command.DeleteOutputs> outputs = new HashSet<>();
    private final Set<Command.DeleteArtifacts> jobs = new HashSet<>();

    void apply(Command command) {
        switch (command) {
            case Command.DeleteOutputs removed -> outputs.add(removed);
            case Command.DeleteArtifacts removed -> jobs.add(removed);
            case Command.PublishTask _, Command.Emit _, Command.Abandon _ -> {}
        }
    }

    boolean isRemoved(String key) {
        return jobs.stream().anyMatch(r -> key.startsWith(ArtifactKeys.jobPrefix(r.job()) + "/"))
                || outputs.stream().anyMatch(removed -> isRemoved(key, removed));
    }

    private static boolean isRemoved(String key, Command.DeleteOutputs removed) {
        for (int attempt = 1; attempt <= removed.attempt(); attempt++) {
            if (ArtifactKeys.isOutput(key, removed.job(), removed.task(), attempt)) {
                return true;
            }
        }
        return false;
    }

    /// Whether the outputs of a task's last attempt were removed.
    boolean isRemoved(Job job, Task task) {
        return outputs.stream()
                .anyMatch(
                        removed ->
                                removed.job().equals(job.id())
                                        && removed.task().equals(task.id())
                                        && removed.attempt() >= task.attempt());
    }

    boolean isEmpty(Job job) {
        return jobs.contains(new Command.DeleteArtifacts(job.id()));
    }
}
