package io.sparsemesh.gateway.loop;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/// A thread that does some of its work again and again until none is left; then it waits to be
/// woken, a second at most, as other gateways wake nobody here.
public final class Loop {

    private static final Logger LOG = Logger.getLogger(Loop.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);

    private final String name;
    private final BooleanSupplier some;
    private final Semaphore wake = new Semaphore(0);
    private volatile boolean running = true;
    private Thread thread;

    /// @param name of the thread, and in messages
    /// @param some does some of the work, and says whether there may be more; may fail
    public Loop(String name, BooleanSupplier some) {
        this.name = name;
        this.some = some;
    }

    public void start() {
        thread = Thread.ofVirtual().name(name).start(this::run);
    }

    /// There is work.
    public void wake() {
        wake.release();
    }

    /// Ends after what is being done. Harmless where it was not started.
    ///
    /// @param limit longest wait for that
    public void stop(Duration limit) throws InterruptedException {
        running = false;
        wake.release();
        if (thread != null) {
            thread.join(limit);
        }
    }

    private void run() {
        try {
            while (running) {
                if (!trySome()) {
                    pause();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// After a failure no wake cuts the pause short.
    private boolean trySome() throws InterruptedException {
        try {
            return some.getAsBoolean();
        } catch (RuntimeException e) {
            LOG.warnf("%s failed, trying again: %s", name, e);
            Thread.sleep(PERIOD);
            return true;
        }
    }

    private void pause() throws InterruptedException {
        if (wake.tryAcquire(PERIOD.toMillis(), TimeUnit.MILLISECONDS)) {
            wake.drainPermits();
        }
    }
}
