package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.event.JobError;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Output;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.plan.PlanException;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.contracts.plan.Planner;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskHeartbeat;
import io.sparsemesh.contracts.task.TaskMessage;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.PatternSyntaxException;

/// All decisions about jobs and tasks: `decide(state, event, now) -> (state, commands)`. Pure: it
/// knows no clock, no database and no Kafka, and the same input gives the same decision.
///
/// An event that comes too late, twice or out of turn changes nothing.
public final class Decider {

    /// Stands for the request of a submission that cannot be read.
    private static final JobRequest NOTHING_ASKED =
            new JobRequest(
                    "",
                    "",
                    new Method(
                            MethodName.MAGNITUDE,
                            0.0,
                            null,
                            1,
                            0,
                            false,
                            Propagation.DENSE,
                            List.of(),
                            List.of(),
                            0,
                            0),
                    null,
                    new Evaluation(false, List.of(), List.of()),
                    new Output("", ""),
                    FallbackPolicy.FAIL,
                    0,
                    Map.of());

    private final Policy policy;
    private final LeaseFence fence;

    public Decider(Policy policy) {
        this(policy, LeaseFence.STRICT);
    }

    Decider(Policy policy, LeaseFence fence) {
        this.policy = policy;
        this.fence = fence;
    }

    /// A job that is not known yet: plans it.
    public Decision create(Event.Submitted event, Instant now) {
        Job empty =
                new Job(
                        event.job(),
                        event.tenant(),
                        event.request(),
                        JobState.VALIDATING,
                        "planning",
                        now,
                        now,
                        event.request().method().damping(),
                        0,
                        Map.of());
        try {
            List<PlannedTask> plan = Planner.plan(event.request(), event.architecture()).tasks();
            Transition next = new Transition(empty, now);
            for (int i = 0; i < plan.size(); i++) {
                Task task = new Task(i, plan.get(i), 0, 0, 0, new Phase.Blocked());
                next.put(plan.get(i).dependsOn().isEmpty() ? ready(task, now) : task);
            }
            next.moveTo(JobState.QUEUED, "%d tasks wait for workers".formatted(plan.size()));
            return next.finish();
        } catch (PlanException e) {
            return unplannable(empty, e.pointer() + ": " + e.getMessage(), now);
        } catch (PatternSyntaxException e) {
            return unplannable(empty, "/method/include: " + e.getMessage(), now);
        }
    }

    /// A job of which nothing is known but that it was accepted: it fails, as one that cannot be
    /// planned, so that its submitter need not wait for ever.
    public Decision create(Event.Unreadable event, Instant now) {
        Job empty =
                new Job(
                        event.job(),
                        "",
                        NOTHING_ASKED,
                        JobState.VALIDATING,
                        "reading",
                        now,
                        now,
                        NOTHING_ASKED.method().damping(),
                        0,
                        Map.of());
        String message =
                "the scheduler cannot read the submission; submit the job again: "
                        + event.message();
        return unplannable(empty, message, now);
    }

    private static Decision unplannable(Job job, String message, Instant now) {
        Transition next = new Transition(job, now);
        next.fail(new JobError("PLAN", message, ""));
        return next.finish();
    }

    private static Task ready(Task task, Instant now) {
        return task.with(new Phase.Ready(now, ""));
    }

    /// Anything that happens to a job that is known.
    ///
    /// @param now the database's time; it may run backwards
    public Decision decide(Job job, Event event, Instant now) {
        return switch (event) {
            case Event.Submitted _, Event.Unreadable _ -> Decision.nothing(job, Note.ILLEGAL);
            case Event.CancelRequested _ -> cancel(job, now);
            case Event.RetryRequested(OptionalDouble damping) -> retry(job, damping, now);
            case Event.DeleteRequested _ ->
                    job.state().isTerminal()
                            ? new Transition(job, now).remove()
                            : Decision.nothing(job, Note.ILLEGAL);
            case Event.Reported(TaskMessage message) -> report(job, message, now);
            case Event.Granted(TaskId task) -> grant(job, task, now);
            case Event.Defect defect -> defect(job, defect, now);
            case Event.Tick tick -> new Reaper(policy, this).tick(job, tick, now);
        };
    }

    private Decision cancel(Job job, Instant now) {
        if (!job.state().canBecome(JobState.CANCELLING)) {
            return Decision.nothing(job, Note.ILLEGAL);
        }
        Transition next = new Transition(job, now);
        next.moveTo(JobState.CANCELLING, "cancelled by request");
        for (Task task : next.tasks()) {
            switch (task.phase()) {
                case Phase.Blocked _, Phase.Ready _, Phase.Queued _ ->
                        next.put(task.with(new Phase.Cancelled()));
                case Phase.Running _, Phase.Succeeded _, Phase.Failed _, Phase.Cancelled _ -> {}
            }
        }
        next.command(new Command.Abandon(job.id()));
        advance(next);
        return next.finish();
    }

    private Decision retry(Job job, OptionalDouble damping, Instant now) {
        if (!job.state().canBecome(JobState.QUEUED)) {
            return Decision.nothing(job, Note.ILLEGAL);
        }
        Transition next = new Transition(job, now);
        damping.ifPresent(next::setDamping);
        next.moveTo(JobState.QUEUED, "retried by request" + with(damping));
        if (job.tasks().isEmpty()) {
            next.fail(new JobError("PLAN", job.reason(), ""));
            return next.finish();
        }
        for (Task task : next.tasks()) {
            if (task.status() != TaskStatus.SUCCEEDED) {
                next.put(task.renewed(new Phase.Blocked()));
            }
        }
        new EarlyStop(new Attempts(policy, next), next).check();
        if (next.state().isTerminal()) {
            return next.finish();
        }
        settle(next);
        if (Stage.of(next.tasks()).isDone()) {
            next.moveTo(JobState.ASSEMBLING, "all tasks were done before the job was cancelled");
            finish(next);
        }
        return next.finish();
    }

    private static String with(OptionalDouble damping) {
        return damping.isEmpty()
                ? ""
                : ", layers not yet solved with damping " + damping.getAsDouble();
    }

    private Decision grant(Job job, TaskId id, Instant now) {
        Task task = job.tasks().get(id);
        if (task == null
                || !(task.phase() instanceof Phase.Ready ready)
                || ready.notBefore().isAfter(now)) {
            return Decision.nothing(job, Note.ILLEGAL);
        }
        Transition next = new Transition(job, now);
        Task queued = task.nextAttempt(new Phase.Queued(now, ready.notBefore()));
        next.put(queued);
        next.command(
                new Command.PublishTask(
                        job.id(),
                        id,
                        queued.attempt(),
                        new WorkBuilder(job).build(task.planned())));
        return next.finish();
    }

    private static boolean isOpen(Task task) {
        return task.status() == TaskStatus.READY || task.status() == TaskStatus.RUNNING;
    }

    private Decision defect(Job job, Event.Defect event, Instant now) {
        Task task = job.tasks().get(event.task());
        if (task == null || !isOpen(task) || job.state() == JobState.CANCELLING) {
            return Decision.nothing(job, Note.ILLEGAL);
        }
        Transition next = new Transition(job, now);
        new Attempts(policy, next).defect(task, event.message());
        return next.finish();
    }

    private Decision report(Job job, TaskMessage message, Instant now) {
        Lease lease = message.lease();
        Task task = job.tasks().get(lease.task());
        boolean current =
                task != null
                        && (message instanceof TaskStarted
                                ? fence.mayStart(task, lease)
                                : fence.mayReport(task, lease));
        if (!current) {
            return stale(job, task, message);
        }
        Transition next = new Transition(job, now);
        Attempts attempts = new Attempts(policy, next);
        switch (message) {
            case TaskStarted _ -> attempts.started(task, lease);
            case TaskHeartbeat _ -> attempts.heartbeat(task);
            case TaskSucceeded succeeded -> attempts.succeeded(task, succeeded);
            case TaskFailed failed -> attempts.failed(task, lease.worker(), failed.failure());
        }
        new EarlyStop(attempts, next).check();
        if (!next.state().isTerminal()) {
            settle(next);
            advance(next);
        }
        return next.finish();
    }

    /// A message that changes nothing. A worker that takes up what was given up while its record
    /// lay in Kafka is told to let go, unless another worker of the job would hear it too. What a
    /// worker stored for a job that is done already goes.
    private static Decision stale(Job job, Task task, TaskMessage message) {
        boolean wrote = message instanceof TaskSucceeded || message instanceof TaskFailed;
        if (wrote && (job.state() == JobState.SUCCEEDED || job.state() == JobState.DEGRADED)) {
            return new Decision(
                    job,
                    false,
                    List.of(new Command.DeleteArtifacts(job.id())),
                    List.of(Note.STALE));
        }
        boolean inVain =
                message instanceof TaskStarted
                        && task != null
                        && task.status() == TaskStatus.CANCELLED
                        && job.in(TaskStatus.RUNNING).isEmpty();
        return inVain
                ? new Decision(
                        job, false, List.of(new Command.Abandon(job.id())), List.of(Note.STALE))
                : Decision.nothing(job, Note.STALE);
    }

    /// Makes those blocked tasks ready that wait for nothing any more, and blocks those that wait
    /// again: a result that is made anew is waited for by all that follow from it.
    static void settle(Transition next) {
        Set<TaskId> waiting = new HashSet<>();
        for (Task task : next.tasks()) {
            for (TaskId input : task.planned().dependsOn()) {
                if (!next.task(input).isSettled() || waiting.contains(input)) {
                    waiting.add(task.id());
                }
            }
            boolean waits = waiting.contains(task.id());
            if (task.status() == TaskStatus.BLOCKED && !waits) {
                next.put(ready(task, next.now()));
            } else if (task.status() == TaskStatus.READY && waits) {
                next.put(task.with(new Phase.Blocked()));
            }
        }
    }

    /// Moves the job on as far as its tasks are; never back, when a result is made anew.
    void advance(Transition next) {
        if (next.state() == JobState.CANCELLING) {
            if (next.running().isEmpty()) {
                next.moveTo(JobState.CANCELLED, "cancelled by request");
            }
            return;
        }
        Stage stage = Stage.of(next.tasks());
        boolean taken = next.state() != JobState.QUEUED || next.running().isPresent();
        if (taken && next.state().canBecome(stage.state()) && !stage.isDone()) {
            next.moveTo(stage.state(), stage.reason());
        }
        if (stage.isDone()) {
            finish(next);
        }
    }

    private static void finish(Transition next) {
        Job job = next.job();
        Outputs outputs = next.outputs();
        List<String> reasons = new ArrayList<>();
        for (Candidate candidate : job.request().method().checkpoints()) {
            Quality.broken(job.request(), candidate, outputs)
                    .map(Quality::reason)
                    .ifPresent(reasons::add);
        }
        List<String> degraded = outputs.degraded(job.request().method());
        if (!degraded.isEmpty()) {
            reasons.add(
                    "%d layers needed a fallback, such as %s"
                            .formatted(degraded.size(), degraded.getFirst()));
        }
        next.succeed(
                reasons.isEmpty() ? JobState.SUCCEEDED : JobState.DEGRADED,
                reasons.isEmpty() ? "done" : String.join("; ", reasons),
                outputs.result(job.request()));
        next.command(new Command.DeleteArtifacts(job.id()));
    }
}
