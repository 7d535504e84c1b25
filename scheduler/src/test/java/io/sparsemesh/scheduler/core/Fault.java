package io.sparsemesh.scheduler.core;

/// What goes wrong in a simulated run, and how often: a probability at each occasion.
enum Fault {
    /// A decision is made and forgotten; the message comes again.
    SCHEDULER_DIES_BEFORE_COMMIT(0.02),
    /// A decision is stored; the message comes again.
    SCHEDULER_DIES_BEFORE_ACKNOWLEDGING(0.02),
    /// The outbox is published and not emptied.
    RELAY_DIES(0.03),
    /// Nobody receives, decides or looks at clocks for a while.
    SCHEDULER_DOWN(0.004),
    /// Nobody can publish or poll for a while.
    BROKER_AWAY(0.004),
    /// Forward or backward, up to 75 s.
    DATABASE_CLOCK_JUMPS(0.01),
    WORKER_DIES(0.008),
    /// For 3 to 63 s; then it goes on as if nothing had happened.
    WORKER_FREEZES(0.008),
    MESSAGE_LOST(0.01),
    MESSAGE_TWICE(0.03),
    MESSAGE_LONG_AFTER(0.05),
    /// One message overtakes another; decided by the order of delivery, see [Faults#count].
    MESSAGE_OVERTAKES(0),
    TASK_RECORD_LOST(0.02),
    ABANDON_NOT_HEARD(0.3),
    ATTEMPT_FAILS(0.03),
    /// An input that the task reads is gone or has other bytes.
    INPUT_DAMAGED(0.02),
    TASK_FAILS_FOR_GOOD(0.003),
    /// A user's whim.
    CANCELLED(0.003);

    private final double probability;

    Fault(double probability) {
        this.probability = probability;
    }

    double probability() {
        return probability;
    }
}
