package io.sparsemesh.deploy.bench;

import io.sparsemesh.contracts.job.Propagation;

/// What docs/scaling.md says of a job's time on several workers.
///
/// @param shards of the calibration set
/// @param hop seconds from the end of the last task to the start of the next one
record ScalingLaw(GpuTimes times, int shards, double hop) {

    /// Seconds of all blocks.
    double seconds(Propagation propagation, int blocks, int workers) {
        return propagation.isSequential()
                ? blocks * block(workers)
                : Math.max(blocks * work() / workers, chain(blocks));
    }

    /// One after the other: `ceil(S / N) c + max(max s_g, sum s_g / N) + 2 q`.
    private double block(int workers) {
        double calibrations = Math.ceilDiv(shards, workers) * times.calibrate();
        double solves = Math.max(times.longestSolve(), times.allSolves() / workers);
        return calibrations + solves + 2 * hop;
    }

    /// What one worker does for a block.
    double work() {
        return shards * times.calibrate() + times.allSolves();
    }

    /// One shard through all blocks, and the last one's longest solve.
    private double chain(int blocks) {
        return blocks * (times.calibrate() + hop) + times.longestSolve();
    }
}
