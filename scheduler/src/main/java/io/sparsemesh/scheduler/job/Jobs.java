package io.sparsemesh.scheduler.job;

import io.quarkus.narayana.jta.QuarkusTransaction;
import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.event.TaskChanged;
import io.sparsemesh.contracts.message.MessageException;
import io.sparsemesh.scheduler.core.Command;
import io.sparsemesh.scheduler.core.Decider;
import io.sparsemesh.scheduler.core.Decision;
import io.sparsemesh.scheduler.core.Event;
import io.sparsemesh.scheduler.core.Job;
import io.sparsemesh.scheduler.core.Note;
import io.sparsemesh.scheduler.inbox.Inbox;
import io.sparsemesh.scheduler.outbox.Committed;
import io.sparsemesh.scheduler.outbox.Outbox;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/// Lets events happen to jobs: locks the job, asks the [Decider], stores the difference and the
/// messages that follow, all in one transaction.
@ApplicationScoped
public class Jobs {

    private static final Logger LOG = Logger.getLogger(Jobs.class);

    private final JobStore store;
    private final JobCache cache;
    private final Decider decider;
    private final Inbox inbox;
    private final Outbox outbox;
    private final Commands commands;
    private final ArtifactStore artifacts;
    private final jakarta.enterprise.event.Event<Committed> committed;
    private final Notes notes;

    Jobs(
            JobStore store,
            JobCache cache,
            Decider decider,
            Inbox inbox,
            Outbox outbox,
            Commands commands,
            ArtifactStore artifacts,
            jakarta.enterprise.event.Event<Committed> committed,
            Notes notes) {
        this.store = store;
        this.cache = cache;
        this.decider = decider;
        this.inbox = inbox;
        this.outbox = outbox;
        this.commands = commands;
        this.artifacts = artifacts;
        this.committed = committed;
        this.notes = notes;
    }

    /// What a transaction did, of interest once it is committed.
    private record Outcome(Job job, long version, boolean removed, boolean told, List<Note> notes) {
        static final Outcome NOTHING = new Outcome(null, 0, false, false, List.of());
    }

    /// Lets a message have its effect, once however often it comes.
    ///
    /// @param eventId the message's id; empty if it does no harm twice
    public void receive(String eventId, JobId job, Event event) {
        settle(
                QuarkusTransaction.requiringNew()
                        .call(
                                () ->
                                        !eventId.isEmpty() && !inbox.isNew(eventId)
                                                ? Outcome.NOTHING
                                                : apply(job, List.of(event))));
    }

    /// Lets events without a message happen, in order.
    public void happen(JobId job, List<? extends Event> events) {
        settle(QuarkusTransaction.requiringNew().call(() -> apply(job, events)));
    }

    private void settle(Outcome outcome) {
        if (outcome.job() != null && !outcome.removed()) {
            cache.put(outcome.job(), outcome.version());
        } else if (outcome.removed()) {
            cache.remove(outcome.job().id());
        }
        outcome.notes().forEach(notes::count);
        if (outcome.told()) {
            committed.fire(new Committed());
        }
    }

    private Outcome apply(JobId id, List<? extends Event> events) {
        Optional<JobStore.Locked> locked = store.lock(id);
        Instant now = store.now();
        if (locked.isEmpty()) {
            return events.getFirst() instanceof Event.Submitted submitted
                    ? create(submitted, now)
                    : unknown(id, events.getFirst());
        }
        return change(locked.get(), events, now);
    }

    private Outcome unknown(JobId id, Event event) {
        LOG.debugf("ignored %s of an unknown job jobId=%s", event, id);
        return new Outcome(null, 0, false, false, List.of(Note.STALE));
    }

    private Outcome create(Event.Submitted submitted, Instant now) {
        Decision decision = decider.create(submitted, now);
        store.insert(decision.job(), now);
        commands.encode(decision, now).forEach(outbox::add);
        LOG.infof("planned %d tasks jobId=%s", decision.job().tasks().size(), submitted.job());
        return new Outcome(decision.job(), 1, false, true, decision.notes());
    }

    private Outcome change(JobStore.Locked locked, List<? extends Event> events, Instant now) {
        Job job = locked.job();
        List<Note> seen = new ArrayList<>();
        boolean told = false;
        for (Event event : events) {
            Step step = step(job, event, now);
            step.decision().commands().forEach(Jobs::log);
            step.entries().forEach(outbox::add);
            seen.addAll(step.decision().notes());
            told |= step.decision().job() != job;
            job = step.decision().job();
            if (step.decision().removed()) {
                return remove(locked, job, seen);
            }
        }
        if (job != locked.job()) {
            logChange(locked.job(), job);
            store.update(locked, job, now);
        } else {
            store.schedule(job, locked.row(), now);
        }
        return new Outcome(job, locked.row().version, false, told, seen);
    }

    private Outcome remove(JobStore.Locked locked, Job job, List<Note> seen) {
        artifacts.deletePrefix(ArtifactKeys.jobPrefix(job.id()));
        store.delete(locked);
        LOG.infof("removed jobId=%s", job.id());
        return new Outcome(job, 0, true, true, seen);
    }

    /// A decision with its messages, encoded.
    private record Step(Decision decision, List<Outbox.Entry> entries) {}

    private Step step(Job job, Event event, Instant now) {
        Decision decision = decider.decide(job, event, now);
        try {
            return new Step(decision, commands.encode(decision, now));
        } catch (MessageException e) {
            LOG.errorf("cannot tell what follows from %s: %s jobId=%s", event, e, job.id());
            Decision defect =
                    decider.decide(job, new Event.Defect(subject(event), e.getMessage()), now);
            return new Step(defect, commands.encode(defect, now));
        }
    }

    private static TaskId subject(Event event) {
        return switch (event) {
            case Event.Granted(TaskId task) -> task;
            case Event.Reported reported -> reported.message().lease().task();
            case Event.Submitted _,
                    Event.CancelRequested _,
                    Event.RetryRequested _,
                    Event.DeleteRequested _,
                    Event.Defect _,
                    Event.Tick _ ->
                    new TaskId("none");
        };
    }

    private static void log(Command command) {
        if (command instanceof Command.Emit(TaskChanged task)
                && (task.state().equals("RETRYING") || task.state().equals("FAILED"))) {
            LOG.warnf(
                    "%s: %s jobId=%s task=%s attempt=%d",
                    task.state(), task.message(), task.job(), task.task(), task.attempt());
        }
    }

    private static void logChange(Job before, Job after) {
        if (before.state() != after.state()) {
            LOG.infof(
                    "%s -> %s: %s jobId=%s",
                    before.state(), after.state(), after.reason(), after.id());
        }
    }
}
