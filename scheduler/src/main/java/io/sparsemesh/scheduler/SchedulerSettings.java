package io.sparsemesh.scheduler;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/// Settings of the scheduler.
@ConfigMapping(prefix = "sparsemesh.scheduler")
public interface SchedulerSettings {

    /// Addresses of the brokers.
    String kafkaBootstrap();

    /// Longest stay of a task in Kafka while a worker is idle.
    @WithDefault("60s")
    Duration pickUp();

    /// Longest silence of a worker that holds a lease: three heartbeats may be lost.
    @WithDefault("20s")
    Duration heartbeat();

    /// Longest time of one attempt.
    @WithDefault("2h")
    Duration attempt();

    /// How long after all of a job was removed from the store it is removed once more.
    @WithDefault("1h")
    Duration sweepAfter();

    /// How long messages that were processed are known.
    @WithDefault("8d")
    Duration repeatsKnown();

    /// Pause from one cleaning of what is too old to matter to the next.
    @WithDefault("1h")
    Duration cleanedEvery();

    /// Pause after the first failed or lost attempt.
    @WithDefault("1s")
    Duration backoff();

    /// How long a worker counts as alive after its last status.
    @WithDefault("20s")
    Duration workerSilence();

    /// How long a worker has to be without a task to count as idle: longer than the moment
    /// between two tasks.
    @WithDefault("10s")
    Duration idleFor();

    /// Replicas of each topic, as far as there are brokers.
    @WithDefault("1")
    short replication();

    /// Layer-workers that are wanted at most, however much there is to do.
    @WithDefault("64")
    int mostWorkers();

    /// Evaluators that are wanted at most.
    @WithDefault("16")
    int mostEvaluators();

    /// OTLP/HTTP collector of traces; there are none if absent.
    Optional<URI> traceEndpoint();
}
