package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.JobError;
import io.sparsemesh.contracts.event.JobEvent;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskMessage;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import io.sparsemesh.contracts.task.TaskWork;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/// A job that a test takes through its decisions.
abstract class DecidedJob {

    static final JobId JOB = new JobId("job");
    static final String FIRST = "calibrate-b000-s00";
    static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");

    final Decider decider = new Decider(Policy.standard(Duration.ofHours(2)));
    Instant now = T0;
    Decision last;
    Job job;

    void submit(JobRequest request) {
        last = decider.create(new Event.Submitted(JOB, "default", request, Requests.model()), now);
        job = last.job();
    }

    void submit() {
        submit(Requests.sparseGpt(Propagation.SEQUENTIAL, false));
    }

    void happen(Event event) {
        last = decider.decide(job, event, now);
        job = last.job();
    }

    void tell(TaskMessage message) {
        happen(new Event.Reported(message));
    }

    /// A look at the clocks; the workers could always be heard.
    void tick(Pool... idle) {
        tick(new Hearing(Instant.MIN, now), idle);
    }

    void tick(Hearing hearing, Pool... idle) {
        happen(new Event.Tick(Set.of(idle), hearing));
    }

    void pass(Duration time) {
        now = now.plus(time);
    }

    Lease lease(String task) {
        return new Lease(JOB, new TaskId(task), task(task).attempt(), 1, "w");
    }

    Task task(String id) {
        return job.tasks().get(new TaskId(id));
    }

    Lease start(String task) {
        happen(new Event.Granted(new TaskId(task)));
        Lease lease = lease(task);
        tell(new TaskStarted(lease));
        return lease;
    }

    /// Runs one task to its end; returns its work.
    TaskWork finish(String task, String fallback) {
        happen(new Event.Granted(new TaskId(task)));
        WorkDraft draft =
                last.commands().stream()
                        .filter(Command.PublishTask.class::isInstance)
                        .map(c -> ((Command.PublishTask) c).work())
                        .findFirst()
                        .orElseThrow();
        Lease lease = lease(task);
        tell(new TaskStarted(lease));
        TaskWork work = draft instanceof WorkDraft.Complete complete ? complete.work() : null;
        tell(new TaskSucceeded(lease, output(draft, lease, fallback), 3));
        return work;
    }

    static TaskOutput output(WorkDraft draft, Lease lease, String fallback) {
        return FakeWork.done(draft, lease, fallback);
    }

    void finishAll(String fallback) {
        while (!job.in(TaskStatus.READY).isEmpty()) {
            finish(job.in(TaskStatus.READY).getFirst().id().value(), fallback);
        }
    }

    <T extends JobEvent> List<T> emitted(Class<T> type) {
        return last.commands().stream()
                .filter(Command.Emit.class::isInstance)
                .map(command -> ((Command.Emit) command).event())
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    JobError error() {
        return emitted(JobChanged.class).getLast().error();
    }

    /// Brings a task to `status`; returns the lease that a worker of it would have.
    Lease bring(TaskStatus status) {
        switch (status) {
            case BLOCKED -> {
                return lease("solve-b000-qk");
            }
            case READY -> {}
            case QUEUED -> happen(new Event.Granted(new TaskId(FIRST)));
            case RUNNING -> start(FIRST);
            case SUCCEEDED -> finish(FIRST, "");
            case FAILED -> {
                Lease lease = start(FIRST);
                tell(new TaskFailed(lease, new Failure(Failure.Kind.NUMERICAL, false, "NaN")));
            }
            case CANCELLED -> {
                happen(new Event.Granted(new TaskId(FIRST)));
                happen(new Event.CancelRequested());
            }
        }
        return lease(FIRST);
    }

    void fail(String task, boolean retryable) {
        Lease lease = start(task);
        tell(new TaskFailed(lease, new Failure(Failure.Kind.DEVICE, retryable, "no memory")));
    }

    void bring(JobState state) {
        switch (state) {
            case QUEUED -> {}
            case PRUNING -> start(FIRST);
            case FAILED -> fail(FIRST, false);
            case CANCELLING -> {
                start(FIRST);
                happen(new Event.CancelRequested());
            }
            case CANCELLED -> happen(new Event.CancelRequested());
            case SUCCEEDED -> finishAll("");
            case DEGRADED -> finishAll("layers.1.fc");
            case ASSEMBLING -> finishUntilReady("assemble");
            case EVALUATING -> finishUntilReady("evaluate-pruned-wiki-0");
            case VALIDATING -> throw new IllegalArgumentException(state.name());
        }
    }

    void finishUntilReady(String task) {
        while (task(task).status() != TaskStatus.READY) {
            finish(job.in(TaskStatus.READY).getFirst().id().value(), "");
        }
    }
}
