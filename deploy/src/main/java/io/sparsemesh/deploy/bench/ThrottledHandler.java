package io.sparsemesh.deploy.bench;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.TaskKind;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.taskqueue.TaskHandler;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/// Takes the time that a GPU would take, does nothing, and answers as [NoOpHandler]. Workers share
/// it.
final class ThrottledHandler implements TaskHandler {

    private final Queue<Run> runs = new ConcurrentLinkedQueue<>();
    private volatile GpuTimes times;

    /// A task that was done, by [System#nanoTime].
    record Run(JobId job, TaskId task, TaskKind kind, String worker, long begin, long end) {}

    ThrottledHandler(GpuTimes times) {
        this.times = times;
    }

    /// Of tasks that begin from now on.
    void times(GpuTimes other) {
        times = other;
    }

    List<Run> runs(JobId job) {
        return runs.stream().filter(run -> run.job().equals(job)).toList();
    }

    @Override
    public TaskOutput run(LayerTask task, TaskContext context) {
        long begin = System.nanoTime();
        long end = begin + Math.round(1e9 * times.of(task.work()));
        for (long left = end - begin; left > 0; left = end - System.nanoTime()) {
            context.checkAbandoned();
            LockSupport.parkNanos(left);
        }
        runs.add(
                new Run(
                        task.job(),
                        task.task(),
                        task.work().kind(),
                        context.lease().worker(),
                        begin,
                        System.nanoTime()));
        return NoOpHandler.output(task.work(), context.lease());
    }
}
