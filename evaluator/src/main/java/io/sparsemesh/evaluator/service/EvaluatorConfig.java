package io.sparsemesh.evaluator.service;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithName;
import io.sparsemesh.taskqueue.HaltPoint;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Settings of the process; see `application.properties`.
@ConfigMapping(prefix = "sparsemesh.evaluator")
interface EvaluatorConfig {

    /// Brokers, `host:port` separated by `,`.
    @WithName("kafka-bootstrap")
    String kafkaBootstrap();

    /// Directories that models and evaluation data must lie under; without any, all are allowed.
    Optional<List<Path>> roots();

    /// Unique name of this process; host and process id if absent.
    Optional<String> name();

    /// Kind of the device: `cpu`, `cuda`, `naive`, or `auto` for `cuda` where it can be used, else
    /// `cpu`.
    String device();

    /// Threads of the device; 0 for one per processor.
    int threads();

    /// Models kept open at most.
    @WithName("open-models")
    int openModels();

    /// Memory that the blocks of all open models may occupy.
    @WithName("block-memory")
    MemorySize blockMemory();

    /// Where this process ends as if killed, for tests of faults; nowhere if absent.
    @WithName("halt-at")
    Optional<HaltPoint> haltAt();

    /// Time between two heartbeats of a task; the scheduler gives a task up after 20 s of silence.
    Duration heartbeat();

    /// Time that the running task gets to end on SIGTERM.
    @WithName("shutdown-grace")
    Duration shutdownGrace();

    /// Longest time of one attempt; the process ends when a task takes longer.
    @WithName("attempt-limit")
    Duration attemptLimit();

    /// OTLP/HTTP collector of traces; there are none if absent.
    @WithName("trace-endpoint")
    Optional<URI> traceEndpoint();
}
