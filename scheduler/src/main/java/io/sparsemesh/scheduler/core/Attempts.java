package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.event.JobError;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskSucceeded;
import java.time.Instant;
import java.util.List;

/// What becomes of a task, and of its job, by what happens to one attempt.
final class Attempts {

    private final Policy policy;
    private final Transition next;

    Attempts(Policy policy, Transition next) {
        this.policy = policy;
        this.next = next;
    }

    void started(Task task, Lease lease) {
        next.put(
                task.with(
                        new Phase.Running(
                                lease.delivery(), lease.worker(), next.now(), next.now())));
        next.announce(task, "RUNNING", lease.worker(), "");
        abandonIfCancelling();
    }

    void heartbeat(Task task) {
        if (task.phase() instanceof Phase.Running running) {
            next.put(
                    task.with(
                            new Phase.Running(
                                    running.delivery(),
                                    running.worker(),
                                    running.startedAt(),
                                    next.now())));
        }
        abandonIfCancelling();
    }

    /// A worker that still works on a cancelled job did not hear of it.
    private void abandonIfCancelling() {
        if (next.state() == JobState.CANCELLING) {
            next.command(new Command.Abandon(next.job().id()));
        }
    }

    void succeeded(Task task, TaskSucceeded message) {
        String worker = message.lease().worker();
        String fault = OutputCheck.fault(task.planned(), message.output()).orElse("");
        if (!fault.isEmpty()) {
            failed(task, worker, new Failure(Failure.Kind.INTERNAL, false, fault));
            return;
        }
        List<String> fallbacks = forbiddenFallbacks(message.output());
        if (!fallbacks.isEmpty() && next.state() != JobState.CANCELLING) {
            next.note(Note.ATTEMPT_FAILED);
            String why = "needed a fallback: " + String.join(", ", fallbacks);
            giveUp(task, worker, "FALLBACK", new Failure(Failure.Kind.NUMERICAL, false, why));
            return;
        }
        next.note(Note.ATTEMPT_SUCCEEDED);
        next.put(task.with(new Phase.Succeeded(worker, message.output(), message.millis())));
        next.announce(task, "SUCCEEDED", worker, "");
        new Leftovers(next).removeAfter(task);
        if (task.planned() instanceof PlannedTask.Evaluate evaluate) {
            next.outputs().evaluation(Outputs.Suite.of(evaluate)).ifPresent(next::announce);
        }
    }

    /// `layer (what was done)` for each fallback, if the job's policy forbids them.
    private List<String> forbiddenFallbacks(TaskOutput output) {
        if (next.job().request().onFallback() == FallbackPolicy.DEGRADE
                || !(output instanceof TaskOutput.Solved
                        || output instanceof TaskOutput.SolvedCandidates)) {
            return List.of();
        }
        return Outputs.layers(output)
                .filter(Outputs::fellBack)
                .map(layer -> "%s (%s)".formatted(layer.name(), layer.fallback()))
                .toList();
    }

    void failed(Task task, String worker, Failure failure) {
        next.note(Note.ATTEMPT_FAILED);
        if (failure.kind() == Failure.Kind.ABANDONED || failure.kind() == Failure.Kind.LOST) {
            lost(task, worker, failure.message());
        } else if (next.state() == JobState.CANCELLING) {
            letGo(task, worker);
        } else if (isOfInput(task, failure)) {
            waitForInput(task, worker, failure);
        } else {
            Task after = task.afterFailure(task.phase());
            if (failure.retryable() && after.failures() < policy.maxFailures()) {
                again(after, worker, after.failures(), failure.message());
            } else {
                giveUp(after, worker, failure.kind().name(), failure);
            }
        }
    }

    /// Whether what it failed for is the artifact of an input that counts, or of one that is being
    /// made anew.
    private boolean isOfInput(Task task, Failure failure) {
        return !failure.artifact().isEmpty()
                && task.planned().dependsOn().stream()
                        .map(next::task)
                        .anyMatch(i -> !i.isSettled() || isOutput(i, failure.artifact()));
    }

    private boolean isOutput(Task task, String artifact) {
        return ArtifactKeys.isOutput(artifact, next.job().id(), task.id(), task.attempt());
    }

    /// No attempt of this task can succeed before its input is there again.
    private void waitForInput(Task task, String worker, Failure failure) {
        next.put(task.with(new Phase.Blocked()));
        next.announce(task, "RETRYING", worker, failure.message());
        for (TaskId id : task.planned().dependsOn()) {
            Task input = next.task(id);
            if (input.phase() instanceof Phase.Succeeded made
                    && isOutput(input, failure.artifact())) {
                makeAnew(input, made.worker(), failure);
            }
        }
    }

    /// Takes back a result whose artifact is damaged. It counts as a failure, so that a storage
    /// that damages everything ends the job.
    private void makeAnew(Task task, String worker, Failure failure) {
        next.note(Note.ARTIFACT_DAMAGED);
        String why = "its artifact is damaged, it is made anew: " + failure.message();
        Task after = task.afterFailure(task.phase());
        new Leftovers(next).removedInputs(task).forEach(this::bringBack);
        if (after.failures() < policy.maxFailures()) {
            again(after, worker, after.failures(), why);
        } else {
            giveUp(after, worker, failure.kind().name(), failure);
        }
    }

    /// Makes a result anew whose artifacts were removed and are needed again, and before it those
    /// that it is made from. That is nobody's failure.
    private void bringBack(Task task) {
        if (task.phase() instanceof Phase.Succeeded made
                && next.task(task.id()).status() == TaskStatus.SUCCEEDED) {
            List<Task> inputs = new Leftovers(next).removedInputs(task);
            String why = "its artifacts, which were removed, are needed again";
            next.put(task.with(new Phase.Ready(next.now(), why)));
            next.announce(task, "RETRYING", made.worker(), why);
            inputs.forEach(this::bringBack);
        }
    }

    /// The worker vanished, or let go although the job goes on.
    void lost(Task task, String worker, String why) {
        if (next.state() == JobState.CANCELLING) {
            letGo(task, worker);
            return;
        }
        Task after = task.afterLoss(task.phase());
        if (after.losses() < policy.maxLosses()) {
            again(after, worker, after.losses(), why);
        } else {
            Failure failure = new Failure(Failure.Kind.LOST, false, why);
            giveUp(after, worker, failure.kind().name(), failure);
        }
    }

    /// The attempt's record was not picked up; it may be lost.
    void notPickedUp(Task task, String why) {
        next.put(task.with(new Phase.Ready(next.now(), why)));
        next.announce(task, "RETRYING", "", why);
    }

    /// The scheduler itself cannot hand the task out.
    void defect(Task task, String message) {
        giveUp(task, "", "INTERNAL", new Failure(Failure.Kind.INTERNAL, false, message));
    }

    /// Workers that did not let go in time are not waited for.
    void letAllGo() {
        for (Task task : next.tasks()) {
            if (task.phase() instanceof Phase.Running running) {
                letGo(task, running.worker());
            }
        }
    }

    private void letGo(Task task, String worker) {
        letGo(task, worker, "the job was given up");
    }

    private void letGo(Task task, String worker, String why) {
        next.put(task.with(new Phase.Cancelled()));
        next.announce(task, "CANCELLED", worker, why);
    }

    /// Gives up what is not measured yet of a candidate, and of the dense model where there is no
    /// other to compare it with; the job goes on without it.
    ///
    /// Workers hear of jobs, not of tasks: they are told to let go only when none of them works for
    /// another candidate. Else they finish in vain.
    void skipMeasurements(Candidate candidate, String why) {
        boolean worked = next.running().isPresent();
        for (Task task : next.tasks()) {
            if (task.planned() instanceof PlannedTask.Evaluate evaluate
                    && evaluate.candidate().equals(candidate.name())) {
                skip(task, why);
            }
        }
        if (worked && next.running().isEmpty()) {
            next.command(new Command.Abandon(next.job().id()));
        }
    }

    private void skip(Task task, String why) {
        switch (task.phase()) {
            case Phase.Blocked _, Phase.Ready _, Phase.Queued _ ->
                    next.put(task.with(new Phase.Cancelled()));
            case Phase.Running running -> letGo(task, running.worker(), why);
            case Phase.Succeeded _, Phase.Failed _, Phase.Cancelled _ -> {}
        }
    }

    private void again(Task task, String worker, int count, String why) {
        Instant notBefore = next.now().plus(policy.backoffAfter(count));
        next.put(task.with(new Phase.Ready(notBefore, why)));
        next.announce(task, "RETRYING", worker, why);
    }

    private void giveUp(Task task, String worker, String code, Failure failure) {
        next.put(task.with(new Phase.Failed(worker, failure)));
        next.announce(task, "FAILED", worker, failure.message());
        failJob(
                new JobError(
                        code,
                        "%s: %s".formatted(subject(task), failure.message()),
                        task.id().value()));
    }

    /// Ends the job; whatever of it is not done is given up.
    void failJob(JobError error) {
        for (Task task : next.tasks()) {
            switch (task.phase()) {
                case Phase.Blocked _, Phase.Ready _, Phase.Queued _ ->
                        next.put(task.with(new Phase.Cancelled()));
                case Phase.Running _, Phase.Succeeded _, Phase.Failed _, Phase.Cancelled _ -> {}
            }
        }
        letAllGo();
        next.command(new Command.Abandon(next.job().id()));
        next.fail(error);
    }

    /// What the task is about, in the user's words.
    private static String subject(Task task) {
        return switch (task.planned()) {
            case PlannedTask.Calibrate c ->
                    "calibration of block %d, shard %d".formatted(c.block(), c.shard());
            case PlannedTask.Profile p -> "profile of block %d".formatted(p.block());
            case PlannedTask.Allocate _ -> "allocation";
            case PlannedTask.Keep _ -> "choice of the better checkpoint";
            case PlannedTask.Solve s -> String.join(", ", s.linears());
            case PlannedTask.Assemble _ -> "checkpoint";
            case PlannedTask.Evaluate e -> "%s of the %s model".formatted(e.task(), e.variant());
            case PlannedTask.Report _ -> "report";
        };
    }
}
