package io.sparsemesh.scheduler.autoscaling;

/// What a pool of workers could do now.
///
/// @param running tasks that a worker has: it counts as long as it is busy
/// @param queued tasks that lie in Kafka
/// @param ready tasks that wait for room there; those that wait for other tasks, or for the end of
///     a pause after a failure, are none of them
/// @param live workers that were heard lately; told, and of no influence
record Demand(long running, long queued, long ready, long live) {

    static final Demand NONE = new Demand(0, 0, 0, 0);

    /// How many workers would have something to do, a task each; 0 when there is nothing.
    ///
    /// @param most that are wanted in any case
    long wanted(int most) {
        return Math.min(running + queued + ready, most);
    }
}
