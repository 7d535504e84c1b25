package io.sparsemesh.scheduler.core;

import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;

/// When a job needs its next [Event.Tick].
public final class Alarm {

    private static final Duration SOONEST = Duration.ofMillis(300);
    private static final Duration LATEST = Duration.ofSeconds(5);

    private final Policy policy;

    public Alarm(Policy policy) {
        this.policy = policy;
    }

    /// The earliest time at which a clock of the job may run out, within bounds: never at once,
    /// and often enough to notice that workers became idle or the database's clock jumped.
    /// [Instant#MAX] for a job that is over.
    public Instant next(Job job, Instant now) {
        if (job.state().isTerminal()) {
            return Instant.MAX;
        }
        Instant soonest = now.plus(SOONEST);
        Instant first =
                Stream.concat(
                                Stream.of(now.plus(LATEST), job.stateSince().plus(deadline(job))),
                                job.tasks().values().stream().flatMap(this::ends))
                        .min(Instant::compareTo)
                        .orElseThrow();
        return first.isBefore(soonest) ? soonest : first;
    }

    private Duration deadline(Job job) {
        return policy.deadlines().get(job.state());
    }

    private Stream<Instant> ends(Task task) {
        return switch (task.phase()) {
            case Phase.Queued queued -> Stream.of(queued.since().plus(policy.pickUp()));
            case Phase.Running running ->
                    Stream.of(
                            running.heartbeatAt().plus(policy.heartbeat()),
                            running.startedAt().plus(policy.attempt()));
            case Phase.Blocked _,
                    Phase.Ready _,
                    Phase.Succeeded _,
                    Phase.Failed _,
                    Phase.Cancelled _ ->
                    Stream.empty();
        };
    }
}
