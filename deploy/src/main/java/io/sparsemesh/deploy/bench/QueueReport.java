package io.sparsemesh.deploy.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;

/// What [QueueBench] measured, and whether the queue did right meanwhile.
///
/// @param tasks tasks of the measured jobs, all told
/// @param seconds from the first job's submission to the last job's end
/// @param countedMillis from a result's making to the event that says that it counts
/// @param hopMillis of a job whose tasks each wait for the one before: from one task's result to
///     the start of the next one
/// @param processorMillisPerTask processor time of each process; `workers` is the benchmark's own
/// @param ranMoreThanOnce tasks that a worker did twice
/// @param counted tasks whose result the scheduler counted
/// @param correct whether every task ran once and counted once, and every job succeeded
public record QueueReport(
        int tasks,
        int jobs,
        int workers,
        boolean durable,
        double seconds,
        @JsonProperty("tasks_per_s") double tasksPerSecond,
        @JsonProperty("counted_ms") Quantiles countedMillis,
        @JsonProperty("hop_ms") Quantiles hopMillis,
        @JsonProperty("cpu_ms_per_task") Map<String, Double> processorMillisPerTask,
        @JsonProperty("ran_more_than_once") int ranMoreThanOnce,
        long counted,
        boolean correct) {}
