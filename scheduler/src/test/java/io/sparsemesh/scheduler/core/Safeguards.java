package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.task.Lease;

/// What protects the scheduler's state; a test takes one out to see that the simulation notices.
record Safeguards(LeaseFence fence, boolean inbox, boolean reaper, boolean hearing) {

    static final Safeguards ALL = new Safeguards(LeaseFence.STRICT, true, true, true);

    /// Believes whoever speaks about a task that is queued or running.
    private static final LeaseFence OPEN =
            new LeaseFence() {
                @Override
                public boolean mayStart(Task task, Lease lease) {
                    return task.status() == TaskStatus.QUEUED
                            || task.status() == TaskStatus.RUNNING;
                }

                @Override
                public boolean mayReport(Task task, Lease lease) {
                    return task.status() == TaskStatus.RUNNING;
                }
            };

    Safeguards withoutFence() {
        return new Safeguards(OPEN, inbox, reaper, hearing);
    }

    Safeguards withoutInbox() {
        return new Safeguards(fence, false, reaper, hearing);
    }

    Safeguards withoutReaper() {
        return new Safeguards(fence, inbox, false, hearing);
    }

    Safeguards withoutHearing() {
        return new Safeguards(fence, inbox, reaper, false);
    }
}
