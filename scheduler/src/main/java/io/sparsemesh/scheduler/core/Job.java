package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.JobState;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// All that the scheduler knows of one job. Immutable; [Decider] makes the next one.
///
/// @param tenant whose it is
/// @param reason why it is in its state, for people
/// @param stateSince when it entered its state
/// @param damping that layers not yet solved get: the request's, until a retry gives another
/// @param seq number of the last event that was emitted, 0 before the first
/// @param tasks by id, in plan order
public record Job(
        JobId id,
        String tenant,
        JobRequest request,
        JobState state,
        String reason,
        Instant createdAt,
        Instant stateSince,
        double damping,
        long seq,
        Map<TaskId, Task> tasks) {

    public Job {
        tasks = Collections.unmodifiableMap(new LinkedHashMap<>(tasks));
    }

    /// The damping, if it is not the request's.
    public OptionalDouble retryDamping() {
        return damping == request.method().damping()
                ? OptionalDouble.empty()
                : OptionalDouble.of(damping);
    }

    public Optional<Task> task(TaskId task) {
        return Optional.ofNullable(tasks.get(task));
    }

    /// Tasks that differ from those of `before`: what a store has to write.
    public Collection<Task> changedSince(Job before) {
        return tasks.values().stream()
                .filter(task -> !task.equals(before.tasks.get(task.id())))
                .toList();
    }

    public List<Task> in(TaskStatus status) {
        return tasks.values().stream().filter(task -> task.status() == status).toList();
    }
}
