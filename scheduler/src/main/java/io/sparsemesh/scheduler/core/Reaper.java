package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.event.JobError;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.task.Failure;
import java.time.Duration;
import java.time.Instant;

/// What the passing of time does to a job: the three clocks of its tasks and the deadline of its
/// state. Clocks that stand in the future, because the database's went back, start anew. The clocks
/// of a task run out only if the workers could be heard meanwhile.
final class Reaper {

    private final Policy policy;
    private final Decider decider;

    Reaper(Policy policy, Decider decider) {
        this.policy = policy;
        this.decider = decider;
    }

    Decision tick(Job job, Event.Tick tick, Instant now) {
        Transition next = new Transition(job, now);
        if (job.state().isTerminal()) {
            return next.finish();
        }
        if (next.stateSince().isAfter(now)) {
            next.restartStateClock();
        }
        Attempts attempts = new Attempts(policy, next);
        Event.Tick heard = new Event.Tick(tick.idle(), tick.hearing().asOf(now));
        for (Task task : next.tasks()) {
            if (!next.state().isTerminal()) {
                check(task, heard, next, attempts);
            }
        }
        if (!next.state().isTerminal()) {
            checkState(next, attempts);
        }
        if (!next.state().isTerminal()) {
            Decider.settle(next);
        }
        return next.finish();
    }

    private void check(Task task, Event.Tick tick, Transition next, Attempts attempts) {
        Instant now = next.now();
        switch (task.phase()) {
            case Phase.Ready ready -> {
                if (ready.notBefore().isAfter(now.plus(policy.longestBackoff()))) {
                    next.put(task.with(new Phase.Ready(now, ready.why())));
                }
            }
            case Phase.Queued queued -> {
                if (queued.since().isAfter(now)) {
                    next.put(task.with(new Phase.Queued(now, now)));
                } else if (tick.idle().contains(task.pool())
                        && tick.hearing().covers(queued.since(), policy.pickUp())) {
                    next.note(Note.NOT_PICKED_UP);
                    attempts.notPickedUp(
                            task,
                            "attempt %d was not picked up for %s"
                                    .formatted(task.attempt(), text(policy.pickUp())));
                }
            }
            case Phase.Running running -> checkLease(task, running, tick.hearing(), next, attempts);
            case Phase.Blocked _, Phase.Succeeded _, Phase.Failed _, Phase.Cancelled _ -> {}
        }
    }

    private void checkLease(
            Task task, Phase.Running running, Hearing hearing, Transition next, Attempts attempts) {
        Instant now = next.now();
        if (running.startedAt().isAfter(now) || running.heartbeatAt().isAfter(now)) {
            next.put(
                    task.with(
                            new Phase.Running(
                                    running.delivery(),
                                    running.worker(),
                                    min(running.startedAt(), now),
                                    min(running.heartbeatAt(), now))));
        } else if (hearing.covers(running.heartbeatAt(), policy.heartbeat())) {
            next.note(Note.LEASE_EXPIRED);
            attempts.lost(
                    task,
                    running.worker(),
                    "no heartbeat from %s for %s"
                            .formatted(running.worker(), text(policy.heartbeat())));
        } else if (isOver(running.startedAt(), policy.attempt(), now)
                && hearing.covers(running.startedAt(), policy.heartbeat())) {
            next.note(Note.RAN_TOO_LONG);
            String why =
                    "%s did not finish within %s"
                            .formatted(running.worker(), text(policy.attempt()));
            attempts.failed(task, running.worker(), new Failure(Failure.Kind.INTERNAL, true, why));
        }
    }

    private void checkState(Transition next, Attempts attempts) {
        Duration deadline = policy.deadlines().get(next.state());
        if (next.state() == JobState.CANCELLING) {
            if (isOver(next.stateSince(), deadline, next.now())) {
                next.running().ifPresent(_ -> attempts.letAllGo());
            }
            decider.advance(next);
        } else if (isOver(next.stateSince(), deadline, next.now())) {
            attempts.failJob(
                    new JobError(
                            "DEADLINE",
                            "%s for longer than %s".formatted(next.state(), text(deadline)),
                            ""));
        }
    }

    private static boolean isOver(Instant since, Duration limit, Instant now) {
        return Duration.between(since, now).compareTo(limit) > 0;
    }

    private static Instant min(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }

    /// `20 s`, `2 h`.
    private static String text(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds % 3600 == 0 && seconds > 0) {
            return seconds / 3600 + " h";
        }
        return seconds > 0 ? seconds + " s" : duration.toMillis() + " ms";
    }
}
