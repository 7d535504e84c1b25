package io.sparsemesh.scheduler.job;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.event.TaskChanged;
import io.sparsemesh.contracts.message.MessageException;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskKind;
import io.sparsemesh.contracts.task.TaskMessage;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import io.sparsemesh.scheduler.core.Command;
import io.sparsemesh.scheduler.core.Decider;
import io.sparsemesh.scheduler.core.Decision;
import io.sparsemesh.scheduler.core.Event;
import io.sparsemesh.scheduler.core.Job;
import io.sparsemesh.scheduler.core.Note;
import io.sparsemesh.scheduler.core.Pool;
import io.sparsemesh.scheduler.core.Task;
import io.sparsemesh.scheduler.database.Database;
import io.sparsemesh.scheduler.inbox.Inbox;
import io.sparsemesh.scheduler.outbox.Committed;
import io.sparsemesh.scheduler.outbox.Outbox;
import io.sparsemesh.scheduler.removal.Removals;
import io.sparsemesh.tracing.LogKeys;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/// Lets events happen to jobs: locks the jobs, asks the [Decider], stores the differences and the
/// messages that follow, all in one transaction.
@ApplicationScoped
public class Jobs {

    private static final Logger LOG = Logger.getLogger(Jobs.class);

    private final Database database;
    private final JobStore store;
    private final JobCache cache;
    private final Decider decider;
    private final Inbox inbox;
    private final Outbox outbox;
    private final Commands commands;
    private final Removals removals;
    private final jakarta.enterprise.event.Event<Committed> committed;
    private final Notes notes;
    private final QueueTimes queueTimes;
    private final TaskTimes taskTimes;
    private final Turns turns = new Turns();

    Jobs(
            Database database,
            JobStore store,
            JobCache cache,
            Decider decider,
            Inbox inbox,
            Outbox outbox,
            Commands commands,
            Removals removals,
            jakarta.enterprise.event.Event<Committed> committed,
            Notes notes,
            QueueTimes queueTimes,
            TaskTimes taskTimes) {
        this.database = database;
        this.store = store;
        this.cache = cache;
        this.decider = decider;
        this.inbox = inbox;
        this.outbox = outbox;
        this.commands = commands;
        this.removals = removals;
        this.committed = committed;
        this.notes = notes;
        this.queueTimes = queueTimes;
        this.taskTimes = taskTimes;
    }

    /// A job as the database has it.
    private record Known(Job job, long version) {}

    /// A task that a worker took after it had waited.
    private record Taken(TaskKind kind, Duration waited) {}

    /// A task whose result counts.
    private record Done(Pool pool, long millis) {}

    /// What a transaction did, of interest once it is committed.
    private static final class Effects {
        private final List<Known> known = new ArrayList<>();
        private final List<JobId> removed = new ArrayList<>();
        private final List<Note> notes = new ArrayList<>();
        private final List<Taken> taken = new ArrayList<>();
        private final List<Done> done = new ArrayList<>();
        private final List<JobStore.Change> changes = new ArrayList<>();
        private final List<Outbox.Entry> entries = new ArrayList<>();
        private final List<Command> removing = new ArrayList<>();
        private boolean told;
    }

    /// Lets events happen in order, all in one transaction: a message has its effect once however
    /// often it comes.
    ///
    /// @throws RuntimeException if nothing of it happened
    public void happen(List<Happening> happenings) {
        Set<JobId> jobs = new LinkedHashSet<>();
        happenings.forEach(happening -> jobs.add(happening.job()));
        try (Turns.Turn _ = turns.take(jobs)) {
            settle(database.transaction(transaction -> apply(transaction, jobs, happenings)));
        }
    }

    private void settle(Effects effects) {
        effects.known.forEach(known -> cache.put(known.job(), known.version()));
        effects.removed.forEach(cache::remove);
        effects.notes.forEach(notes::count);
        effects.taken.forEach(taken -> queueTimes.record(taken.kind(), taken.waited()));
        effects.done.forEach(done -> taskTimes.record(done.pool(), done.millis()));
        if (effects.told) {
            committed.fire(new Committed());
        }
    }

    private Effects apply(Connection transaction, Set<JobId> jobs, List<Happening> happenings)
            throws SQLException {
        Map<JobId, JobStore.Locked> locked = store.lock(transaction, jobs);
        List<Happening> fresh = fresh(transaction, happenings);
        Effects effects = new Effects();
        if (fresh.isEmpty()) {
            return effects;
        }
        Instant now = store.now(transaction);
        Map<JobId, List<Event>> events = new LinkedHashMap<>();
        for (Happening happening : fresh) {
            events.computeIfAbsent(happening.job(), _ -> new ArrayList<>()).add(happening.event());
        }
        for (Map.Entry<JobId, List<Event>> each : events.entrySet()) {
            JobStore.Locked job = locked.get(each.getKey());
            try (LogKeys _ = LogKeys.job(each.getKey())) {
                if (job != null) {
                    change(transaction, job, each.getValue(), now, effects);
                } else {
                    firstHeardOf(transaction, each.getKey(), each.getValue(), now, effects);
                }
            }
        }
        store.update(transaction, effects.changes, now);
        outbox.add(transaction, effects.entries);
        removals.add(transaction, effects.removing);
        return effects;
    }

    /// Those that are no repetitions, neither of something earlier nor of each other.
    private List<Happening> fresh(Connection transaction, List<Happening> happenings)
            throws SQLException {
        List<String> ids =
                happenings.stream().map(Happening::eventId).filter(id -> !id.isEmpty()).toList();
        Set<String> fresh = inbox.add(transaction, ids);
        return happenings.stream()
                .filter(h -> h.eventId().isEmpty() || fresh.remove(h.eventId()))
                .toList();
    }

    private void firstHeardOf(
            Connection transaction, JobId id, List<Event> events, Instant now, Effects effects)
            throws SQLException {
        switch (events.getFirst()) {
            case Event.Submitted submitted ->
                    create(transaction, decider.create(submitted, now), now, effects);
            case Event.Unreadable unreadable ->
                    create(transaction, decider.create(unreadable, now), now, effects);
            default -> unknown(id, events, effects);
        }
    }

    /// What an attempt wrote after its job was deleted goes, too: a worker that was cut off, or a
    /// record that came again.
    private void unknown(JobId id, List<Event> events, Effects effects) {
        LOG.debugf("ignored %s of an unknown job jobId=%s", events, id);
        if (events.stream().anyMatch(Jobs::isResult)) {
            effects.removing.add(new Command.DeleteArtifacts(id));
        }
        events.forEach(_ -> effects.notes.add(Note.STALE));
    }

    private static boolean isResult(Event event) {
        return event instanceof Event.Reported(TaskMessage message)
                && (message instanceof TaskSucceeded || message instanceof TaskFailed);
    }

    private void create(Connection transaction, Decision decision, Instant now, Effects effects)
            throws SQLException {
        store.insert(transaction, decision.job(), now);
        effects.entries.addAll(commands.encode(decision, now));
        effects.notes.addAll(decision.notes());
        effects.known.add(new Known(decision.job(), 1));
        effects.told = true;
        LOG.infof("planned %d tasks jobId=%s", decision.job().tasks().size(), decision.job().id());
    }

    private void change(
            Connection transaction,
            JobStore.Locked locked,
            List<Event> events,
            Instant now,
            Effects effects)
            throws SQLException {
        Job job = locked.job();
        for (Event event : events) {
            Step step = step(job, event, now);
            step.decision().commands().forEach(Jobs::log);
            effects.entries.addAll(step.entries());
            effects.notes.addAll(step.decision().notes());
            taken(job, event, step.decision().job()).ifPresent(effects.taken::add);
            done(job, event, step.decision().job()).ifPresent(effects.done::add);
            effects.removing.addAll(step.decision().commands());
            job = step.decision().job();
            if (step.decision().removed()) {
                remove(transaction, job, effects);
                return;
            }
        }
        boolean changed = job != locked.job();
        if (changed) {
            logChange(locked.job(), job);
            effects.told = true;
        }
        effects.changes.add(new JobStore.Change(locked, job));
        effects.known.add(new Known(job, locked.version() + (changed ? 1 : 0)));
    }

    private static Optional<Taken> taken(Job before, Event event, Job after) {
        if (before == after || !(event instanceof Event.Reported(TaskStarted started))) {
            return Optional.empty();
        }
        Task task = after.tasks().get(started.lease().task());
        return QueueTimes.waited(before.tasks().get(task.id()), task)
                .map(waited -> new Taken(task.planned().kind(), waited));
    }

    private static Optional<Done> done(Job before, Event event, Job after) {
        if (before == after || !(event instanceof Event.Reported(TaskSucceeded succeeded))) {
            return Optional.empty();
        }
        Pool pool = before.tasks().get(succeeded.lease().task()).pool();
        return Optional.of(new Done(pool, succeeded.millis()));
    }

    private void remove(Connection transaction, Job job, Effects effects) throws SQLException {
        store.delete(transaction, job.id());
        effects.removed.add(job.id());
        effects.told = true;
        LOG.infof("removed jobId=%s", job.id());
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
                    Event.Unreadable _,
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
            try (LogKeys _ = LogKeys.job(task.job()).task(task.task(), task.attempt())) {
                LOG.warnf(
                        "%s: %s jobId=%s task=%s attempt=%d",
                        task.state(), task.message(), task.job(), task.task(), task.attempt());
            }
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
