package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.task.TaskKind;
import java.util.List;

/// How far the tasks of a job are, once one of them was taken.
enum Stage {
    PRUNING(JobState.PRUNING, "calibrating and solving layers"),
    ASSEMBLING(JobState.ASSEMBLING, "writing the checkpoint"),
    EVALUATING(JobState.EVALUATING, "measuring the checkpoint"),
    REPORTING(JobState.ASSEMBLING, "writing the report"),
    DONE(JobState.SUCCEEDED, "done");

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
        if (isOpen(tasks, TaskKind.CALIBRATE) || isOpen(tasks, TaskKind.SOLVE)) {
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
