package io.sparsemesh.taskqueue;

import io.sparsemesh.contracts.task.LayerTask;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Logs the tasks of a worker process, hands their times on, and ends the process where it must
/// not go on.
public final class ProcessObserver implements TaskObserver {

    private static final Logger LOG = LoggerFactory.getLogger(ProcessObserver.class);
    private static final int EXIT_FATAL = 3;
    private static final int EXIT_UNFIT = 4;
    private static final int EXIT_KILLED = 137;

    private final Optional<HaltPoint> haltAt;
    private final TaskTimer timer;

    /// Where times of tasks go.
    @FunctionalInterface
    public interface TaskTimer {
        /// @param outcome as in [TaskObserver#finished]
        void record(LayerTask task, String outcome, Duration worked);
    }

    /// @param haltAt where the process ends as if killed, if anywhere
    public ProcessObserver(Optional<HaltPoint> haltAt, TaskTimer timer) {
        this.haltAt = haltAt;
        this.timer = timer;
    }

    @Override
    public void announced(LayerTask task) {
        if (haltAt.filter(HaltPoint.BEFORE_ACCEPT::equals).isPresent()) {
            LOG.error("halted as told: jobId={} task={}", task.job(), task.task());
            Runtime.getRuntime().halt(EXIT_KILLED);
        }
    }

    @Override
    public void started(LayerTask task) {
        LOG.info(
                "task started: jobId={} task={} attempt={}",
                task.job(),
                task.task(),
                task.attempt());
    }

    @Override
    public void finished(LayerTask task, String outcome, Duration worked) {
        LOG.info(
                "task ended: jobId={} task={} attempt={} outcome={} millis={}",
                task.job(),
                task.task(),
                task.attempt(),
                outcome,
                worked.toMillis());
        timer.record(task, outcome, worked);
    }

    /// The heap is in no known state; whoever supervises the process starts it again.
    @Override
    public void fatal(Throwable error) {
        LOG.error("the process ends", error);
        Runtime.getRuntime().halt(EXIT_FATAL);
    }

    /// The worker leaves as on SIGTERM; whoever supervises the process starts it again. The exit
    /// waits for the thread that calls this, so another one begins it.
    @Override
    public void unfit(Throwable error) {
        LOG.error("the process ends, and its successor goes on", error);
        Thread.ofPlatform().name("exit").start(() -> Runtime.getRuntime().exit(EXIT_UNFIT));
    }
}
