package io.sparsemesh.scheduler.job;

import io.sparsemesh.contracts.JobId;
import java.util.Collection;
import java.util.concurrent.locks.ReentrantLock;

/// Lets the threads of this process change a job one after the other, from before the transaction
/// until what it did is in the cache. The rows' locks alone would let the next one in as soon as
/// the first has committed, who would not find the job in the cache and read all of its tasks.
final class Turns {

    private final ReentrantLock[] locks = new ReentrantLock[64];

    Turns() {
        for (int i = 0; i < locks.length; i++) {
            locks[i] = new ReentrantLock(true);
        }
    }

    /// Waits until nobody else changes any of the jobs.
    Turn take(Collection<JobId> jobs) {
        int[] mine =
                jobs.stream()
                        .mapToInt(job -> Math.floorMod(job.hashCode(), locks.length))
                        .distinct()
                        .sorted()
                        .toArray();
        for (int lock : mine) {
            locks[lock].lock();
        }
        return () -> {
            for (int lock : mine) {
                locks[lock].unlock();
            }
        };
    }

    /// Ends by [#close], in the thread that took it.
    @FunctionalInterface
    interface Turn extends AutoCloseable {
        @Override
        void close();
    }
}
