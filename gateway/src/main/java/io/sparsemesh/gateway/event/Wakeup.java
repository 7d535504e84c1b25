package io.sparsemesh.gateway.event;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Lets requests wait for news. This gateway's own projection wakes them at once; what another
/// gateway projected is found by looking again after [#PERIOD].
@ApplicationScoped
public class Wakeup {

    /// How late a waiting request may notice what another gateway projected.
    static final Duration PERIOD = Duration.ofMillis(500);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private long count;

    /// Number of changes so far: to be taken before looking, and given to [#await].
    public long mark() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    /// Something was committed.
    public void signal() {
        lock.lock();
        try {
            count++;
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Returns when something was committed since `mark`, or it is time to look again.
    ///
    /// @param limit longest wait
    public void await(long mark, Duration limit) throws InterruptedException {
        long nanos = Math.min(limit.toNanos(), PERIOD.toNanos());
        lock.lock();
        try {
            while (count == mark && nanos > 0) {
                nanos = news.awaitNanos(nanos);
            }
        } finally {
            lock.unlock();
        }
    }
}
