package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.job.JobState;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/// How long the scheduler waits for what, and how often it tries again.
///
/// @param pickUp schedule to start: longest stay in Kafka while a worker is idle
/// @param heartbeat longest silence of a worker that holds a lease
/// @param attempt start to close: longest time of one attempt
/// @param backoff pause after the first failed or lost attempt; doubles with each further one
/// @param longestBackoff upper limit of that pause
/// @param maxFailures failed attempts of a task that fail the job
/// @param maxLosses lost attempts of a task that fail the job
/// @param deadlines longest stay in each state that is not terminal
public record Policy(
        Duration pickUp,
        Duration heartbeat,
        Duration attempt,
        Duration backoff,
        Duration longestBackoff,
        int maxFailures,
        int maxLosses,
        Map<JobState, Duration> deadlines) {

    public Policy {
        deadlines = Map.copyOf(deadlines);
        for (JobState state : JobState.values()) {
            if (state.isTerminal() == deadlines.containsKey(state)) {
                throw new IllegalArgumentException(
                        "deadlines: expected one for each state that is not terminal, found "
                                + deadlines);
            }
        }
    }

    /// The defaults, with `attempt` as given.
    public static Policy standard(Duration attempt) {
        Map<JobState, Duration> deadlines = new EnumMap<>(JobState.class);
        deadlines.put(JobState.VALIDATING, Duration.ofMinutes(1));
        deadlines.put(JobState.QUEUED, Duration.ofDays(7));
        deadlines.put(JobState.PRUNING, Duration.ofDays(14));
        deadlines.put(JobState.ASSEMBLING, Duration.ofDays(1));
        deadlines.put(JobState.EVALUATING, Duration.ofDays(7));
        deadlines.put(JobState.CANCELLING, Duration.ofMinutes(2));
        return new Policy(
                Duration.ofSeconds(60),
                Duration.ofSeconds(20),
                attempt,
                Duration.ofSeconds(1),
                Duration.ofSeconds(30),
                5,
                20,
                deadlines);
    }

    /// Pause after `count` attempts went wrong.
    Duration backoffAfter(int count) {
        Duration pause = backoff.multipliedBy(1L << Math.clamp(count - 1L, 0, 20));
        return pause.compareTo(longestBackoff) < 0 ? pause : longestBackoff;
    }
}
