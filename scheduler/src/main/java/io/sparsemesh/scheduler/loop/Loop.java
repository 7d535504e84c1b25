package io.sparsemesh.scheduler.loop;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/// A thread that does the same thing again and again: when woken, and at the latest after a
/// period. What fails is logged and done again after a pause.
public final class Loop {

    /// What is done; must be harmless to do at any time.
    @FunctionalInterface
    public interface Body {
        void run() throws Exception;
    }

    private static final Logger LOG = Logger.getLogger(Loop.class);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final String name;
    private final Duration period;
    private final Body body;
    private final Semaphore signals = new Semaphore(0);
    private volatile Thread thread;
    private volatile boolean stopped;

    public Loop(String name, Duration period, Body body) {
        this.name = name;
        this.period = period;
        this.body = body;
    }

    public void start() {
        thread = Thread.ofPlatform().name(name).daemon().start(this::run);
    }

    /// Do it now, or once more if it is being done.
    public void wake() {
        signals.release();
    }

    /// Interrupts what is being done and waits for it a little.
    public void stop() {
        stopped = true;
        Thread running = thread;
        if (running == null) {
            return;
        }
        running.interrupt();
        try {
            running.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        int failures = 0;
        while (!stopped) {
            try {
                signals.tryAcquire(
                        failures == 0 ? period.toMillis() : pause(failures), TimeUnit.MILLISECONDS);
                signals.drainPermits();
                body.run();
                failures = 0;
            } catch (InterruptedException e) {
                LOG.debugf("%s was interrupted", name);
            } catch (Exception e) {
                // The thread must outlive every outage of what the body talks to.
                failures++;
                if (!stopped) {
                    LOG.warnf("%s failed, %d in a row: %s", name, failures, e);
                    LOG.debug("because of", e);
                }
            }
        }
    }

    private static long pause(int failures) {
        return Math.min(LONGEST_PAUSE.toMillis(), 50L << Math.min(failures, 10));
    }
}
