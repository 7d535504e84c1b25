package io.sparsemesh.taskqueue;

import io.sparsemesh.contracts.Topics;
import java.time.Duration;

/// Where a worker takes its tasks from, and its clocks.
///
/// @param bootstrap Kafka brokers, `host:port` separated by `,`
/// @param topic topic of the tasks
/// @param group share group that shares them out
/// @param heartbeat time between two heartbeats, and between two worker states
/// @param shutdownGrace time that the running task gets to end when the process is asked to stop
/// @param attempt longest time of one attempt: a worker whose task takes longer hangs
public record WorkerSettings(
        String bootstrap,
        String topic,
        String group,
        Duration heartbeat,
        Duration shutdownGrace,
        Duration attempt) {

    private static final Duration ATTEMPT = Duration.ofHours(2);

    /// Settings of a worker that calibrates, solves, assembles and reports.
    public static WorkerSettings layerWorker(
            String bootstrap, Duration heartbeat, Duration shutdownGrace) {
        return new WorkerSettings(
                bootstrap,
                Topics.LAYER_TASKS,
                Topics.LAYER_WORKERS,
                heartbeat,
                shutdownGrace,
                ATTEMPT);
    }

    /// Settings of a worker that evaluates.
    public static WorkerSettings evaluator(
            String bootstrap, Duration heartbeat, Duration shutdownGrace) {
        return new WorkerSettings(
                bootstrap,
                Topics.EVALUATION_TASKS,
                Topics.EVALUATORS,
                heartbeat,
                shutdownGrace,
                ATTEMPT);
    }

    /// The same with another limit of an attempt, two hours otherwise.
    public WorkerSettings withAttempt(Duration limit) {
        return new WorkerSettings(bootstrap, topic, group, heartbeat, shutdownGrace, limit);
    }
}
