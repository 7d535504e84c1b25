package io.sparsemesh.deploy.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/// What [ScalingBench] measured.
///
/// @param speed how many times as fast as the measured GPU the workers were
/// @param correct whether every task ran once and counted once, and every job succeeded
public record ScalingReport(int blocks, int shards, double speed, List<Row> runs, boolean correct) {

    /// A job on some workers.
    ///
    /// @param seconds from the job's submission to its end
    /// @param law what docs/scaling.md says of it, in seconds
    /// @param timesFaster than one worker that never waits for the queue
    /// @param atOnce most tasks that ran at a time
    /// @param busy share of the workers' time in which they had a task
    /// @param hopMillis from the end of the last task to the start of the next one, where all wait
    ///     for it
    public record Row(
            String propagation,
            int workers,
            double seconds,
            double law,
            double ratio,
            @JsonProperty("times_faster") double timesFaster,
            @JsonProperty("at_once") int atOnce,
            double busy,
            @JsonProperty("hop_ms") Quantiles hopMillis) {}

    public ScalingReport {
        runs = List.copyOf(runs);
    }
}
