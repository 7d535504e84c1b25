package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.task.TaskKind;
import java.util.List;
import java.util.stream.Stream;

/// What nothing reads any more of what a running job has stored. Hidden states and Gram matrices
/// are nearly all of it: those of a calibration go when every task that reads them has succeeded.
/// Should one of these have to run again, they are made anew, from the same bits to the same bits.
///
/// Nothing more has to be remembered: the artifacts of a calibration are there until its last
/// reader has succeeded, and a reader that is taken back takes them back, too.
final class Leftovers {

    private final Transition next;

    Leftovers(Transition next) {
        this.next = next;
    }

    /// Has those inputs of a task that has just succeeded removed that it was the last to read.
    void removeAfter(Task reader) {
        removedInputs(reader)
                .forEach(
                        input ->
                                next.command(
                                        new Command.DeleteOutputs(
                                                next.job().id(), input.id(), input.attempt())));
    }

    /// The task's inputs whose artifacts are no longer there.
    List<Task> removedInputs(Task reader) {
        return reader.planned().dependsOn().stream()
                .map(next::task)
                .filter(this::isRemoved)
                .toList();
    }

    private boolean isRemoved(Task task) {
        return task.planned().kind() == TaskKind.CALIBRATE
                && task.status() == TaskStatus.SUCCEEDED
                && readers(task).allMatch(reader -> reader.status() == TaskStatus.SUCCEEDED);
    }

    private Stream<Task> readers(Task task) {
        return next.tasks().stream()
                .filter(other -> other.planned().dependsOn().contains(task.id()));
    }
}
