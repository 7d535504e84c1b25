package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.task.Lease;

/// Decides whose messages about a task count.
interface LeaseFence {

    /// The rule of the service.
    LeaseFence STRICT =
            new LeaseFence() {
                @Override
                public boolean mayStart(Task task, Lease lease) {
                    if (lease.attempt() != task.attempt()) {
                        return false;
                    }
                    return switch (task.phase()) {
                        case Phase.Queued _ -> true;
                        case Phase.Running running -> running.delivery() < lease.delivery();
                        case Phase.Blocked _,
                                Phase.Ready _,
                                Phase.Succeeded _,
                                Phase.Failed _,
                                Phase.Cancelled _ ->
                                false;
                    };
                }

                @Override
                public boolean mayReport(Task task, Lease lease) {
                    return task.lease(lease.job()).filter(lease::equals).isPresent();
                }
            };

    /// Whether `lease` becomes the current one: its attempt is the current one, and is queued or
    /// runs under a smaller delivery count. The broker gives a record to another worker when the
    /// first one died before it accepted.
    boolean mayStart(Task task, Lease lease);

    /// Whether `lease` is the current one.
    boolean mayReport(Task task, Lease lease);
}
