package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.evaluation.EvaluationResult;
import io.sparsemesh.contracts.event.EvaluationUpdated;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.JobError;
import io.sparsemesh.contracts.event.JobRemoved;
import io.sparsemesh.contracts.event.JobResult;
import io.sparsemesh.contracts.event.LayersChanged;
import io.sparsemesh.contracts.event.TaskChanged;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.plan.PlannedTask;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One decision in the making: the job's next state and what is to be done. It numbers the events
/// and sees that only legal states follow each other; confined to one call of [Decider].
final class Transition {

    private final Job before;
    private final Instant now;
    private final Map<TaskId, Task> tasks;
    private final List<Command> commands = new ArrayList<>();
    private final List<Note> notes = new ArrayList<>();
    private Map<TaskId, Task> announced;
    private JobState state;
    private String reason;
    private Instant stateSince;
    private double damping;
    private long seq;
    private boolean changed;

    Transition(Job before, Instant now) {
        this.before = before;
        this.now = now;
        this.tasks = new LinkedHashMap<>(before.tasks());
        this.announced = before.tasks();
        this.state = before.state();
        this.reason = before.reason();
        this.stateSince = before.stateSince();
        this.damping = before.damping();
        this.seq = before.seq();
    }

    Instant now() {
        return now;
    }

    JobState state() {
        return state;
    }

    Instant stateSince() {
        return stateSince;
    }

    /// The tasks as they are now; a copy, so that a loop over it may [#put].
    List<Task> tasks() {
        return List.copyOf(tasks.values());
    }

    Task task(TaskId id) {
        return tasks.get(id);
    }

    Outputs outputs() {
        return new Outputs(tasks);
    }

    /// The job as it is now.
    Job job() {
        return new Job(
                before.id(),
                before.tenant(),
                before.request(),
                state,
                reason,
                before.createdAt(),
                stateSince,
                damping,
                seq,
                tasks);
    }

    void put(Task task) {
        tasks.put(task.id(), task);
        changed = true;
    }

    void note(Note note) {
        notes.add(note);
    }

    void command(Command command) {
        commands.add(command);
        changed = true;
    }

    /// Of the layers that are not solved yet.
    void setDamping(double damping) {
        this.damping = damping;
        changed = true;
    }

    /// The state's clock starts anew, because the database's went back.
    void restartStateClock() {
        stateSince = now;
        changed = true;
    }

    void moveTo(JobState next, String why) {
        moveTo(next, why, null, null);
    }

    void succeed(JobState next, String why, JobResult result) {
        moveTo(next, why, result, null);
    }

    void fail(JobError error) {
        moveTo(JobState.FAILED, error.message(), null, error);
    }

    private void moveTo(JobState next, String why, JobResult result, JobError error) {
        if (!state.canBecome(next)) {
            throw new IllegalStateException(
                    "job %s: %s cannot become %s".formatted(before.id(), state, next));
        }
        if (next.isTerminal()) {
            announceLayers();
        }
        state = next;
        reason = why;
        stateSince = now;
        command(
                new Command.Emit(
                        new JobChanged(
                                before.id(), ++seq, now, next, why, layers(), result, error)));
    }

    private int layers() {
        return tasks.values().stream()
                .mapToInt(
                        t ->
                                t.planned() instanceof PlannedTask.Solve s
                                        ? s.linears().size() * s.candidates().size()
                                        : 0)
                .sum();
    }

    /// Tells that `task` was taken, finished, failed or lost.
    void announce(Task task, String change, String worker, String message) {
        command(
                new Command.Emit(
                        new TaskChanged(
                                before.id(),
                                ++seq,
                                now,
                                task.id(),
                                task.planned().kind(),
                                change,
                                task.attempt(),
                                worker,
                                message)));
    }

    void announce(EvaluationResult evaluation) {
        command(new Command.Emit(new EvaluationUpdated(before.id(), ++seq, now, evaluation)));
    }

    private void announceLayers() {
        for (List<LayersChanged.Layer> layers : Layers.changes(announced, tasks)) {
            command(new Command.Emit(new LayersChanged(before.id(), ++seq, now, layers)));
        }
        announced = new LinkedHashMap<>(tasks);
    }

    Decision finish() {
        announceLayers();
        return new Decision(changed ? job() : before, false, commands, notes);
    }

    Decision remove() {
        command(new Command.DeleteArtifacts(before.id()));
        command(new Command.Emit(new JobRemoved(before.id(), ++seq, now)));
        return new Decision(job(), true, commands, notes);
    }

    /// The first running task, if any.
    Optional<Task> running() {
        return tasks.values().stream()
                .filter(task -> task.status() == TaskStatus.RUNNING)
                .findFirst();
    }
}
