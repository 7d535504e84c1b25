package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.task.TaskKind;
import java.util.List;
import java.util.Set;

/// How far the tasks of a job are, once one of them was taken.
enum Stage {
    PRUNING(JobState.PRUNING, "calibrating and solving layers"),
    ASSEMBLING(JobState.ASSEMBLING, "writing the checkpoint"),
    EVALUATING(JobState.EVALUATING, "measuring the checkpoint"),
    REPORTING(JobState.ASSEMBLING, "writing the report"),
    DONE(JobState.SUCCEEDED, "done");

    private static final Set<TaskKind> PRUNED_BY =
            Set.of(TaskKind.CALIBRATE, TaskKind.PROFILE, TaskKind.ALLOCATE, TaskKind.SOLVE);

    private final JobState state;
    private final String reason;

    Stage(JobState state, String reason) {
        this.state = state;
        this.reason = reason;
    }

    JobState state() {
        return state;
    }

    String reason() {
        return reason;
    }

    boolean isDone() {
        return this == DONE;
    }

    /// Measuring lasts until the report is written; without anything to measure, assembling does.
    static Stage of(List<Task> tasks) {
        if (PRUNED_BY.stream().anyMatch(kind -> isOpen(tasks, kind))) {
            return PRUNING;
        }
        if (isOpen(tasks, TaskKind.ASSEMBLE)) {
            return ASSEMBLING;
        }
        if (!isOpen(tasks, TaskKind.REPORT)) {
            return DONE;
        }
        boolean measured = tasks.stream().anyMatch(t -> t.planned().kind() == TaskKind.EVALUATE);
        return measured ? EVALUATING : REPORTING;
    }

    private static boolean isOpen(List<Task> tasks, TaskKind kind) {
        return tasks.stream()
                .anyMatch(
                        task ->
                                task.planned().kind() == kind
                                        && task.status() != TaskStatus.SUCCEEDED);
    }
}
