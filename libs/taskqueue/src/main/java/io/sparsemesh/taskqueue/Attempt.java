package io.sparsemesh.taskqueue;

import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.tracing.Step;
import java.util.concurrent.atomic.AtomicBoolean;

/// The attempt that a worker works on. Exactly one of its threads gets to report on it: the one
/// that did the work, or the one that stops the process before that is done.
final class Attempt implements TaskContext {

    private final LayerTask task;
    private final Lease lease;
    private final Step step;
    private final long startNanos = System.nanoTime();
    private final AtomicBoolean reported = new AtomicBoolean();
    private volatile boolean abandoned;

    Attempt(LayerTask task, Lease lease, Step step) {
        this.task = task;
        this.lease = lease;
        this.step = step;
    }

    LayerTask task() {
        return task;
    }

    /// What traces show of it.
    Step step() {
        return step;
    }

    /// `job/task`, as a worker's state names it.
    String name() {
        return lease.job() + "/" + lease.task();
    }

    @Override
    public Lease lease() {
        return lease;
    }

    @Override
    public boolean abandoned() {
        return abandoned;
    }

    void abandon() {
        abandoned = true;
    }

    /// True for the first caller only, who then reports.
    boolean claimReport() {
        return reported.compareAndSet(false, true);
    }

    long nanos() {
        return System.nanoTime() - startNanos;
    }
}
