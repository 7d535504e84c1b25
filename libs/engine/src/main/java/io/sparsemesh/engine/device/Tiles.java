package io.sparsemesh.engine.device;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/// Runs the tiles of an operation on a fixed number of threads. Which tiles there are is decided by
/// the operation from its shapes alone ([Split]), and every tile writes memory of its own: results
/// do not depend on the number of threads, nor on which thread takes which tile.
///
/// The calling thread takes part. A loop inside a tile runs on the thread of that tile.
final class Tiles implements AutoCloseable {

    /// The work of one tile.
    @FunctionalInterface
    interface Work {
        /// @param tile from 0 to the number of tiles
        /// @param worker from 0 to [Tiles#threads]; two tiles that run at once have different ones
        void run(long tile, int worker);
    }

    private final int threads;
    private final ExecutorService helpers;
    private final ThreadLocal<Integer> workerOfThread = new ThreadLocal<>();

    Tiles(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: expected at least 1, found " + threads);
        }
        this.threads = threads;
        helpers =
                threads == 1
                        ? null
                        : Executors.newFixedThreadPool(
                                threads - 1,
                                Thread.ofPlatform().daemon().name("tiles-", 1).factory());
    }

    int threads() {
        return threads;
    }

    /// Runs `work` for the tiles 0 to `count` and returns when all are done.
    void forEach(long count, Work work) {
        Integer outer = workerOfThread.get();
        if (outer != null || threads == 1 || count <= 1) {
            int worker = outer == null ? 0 : outer;
            for (long tile = 0; tile < count; tile++) {
                work.run(tile, worker);
            }
            return;
        }
        AtomicLong next = new AtomicLong();
        List<Future<?>> running = new ArrayList<>(threads - 1);
        for (int helper = 1; helper < Math.min(threads, count); helper++) {
            int worker = helper;
            running.add(helpers.submit(() -> take(next, count, worker, work)));
        }
        try {
            take(next, count, 0, work);
        } finally {
            next.set(count);
            join(running);
        }
    }

    private void take(AtomicLong next, long count, int worker, Work work) {
        workerOfThread.set(worker);
        try {
            for (long tile; (tile = next.getAndIncrement()) < count; ) {
                work.run(tile, worker);
            }
        } finally {
            workerOfThread.remove();
        }
    }

    private static void join(List<Future<?>> running) {
        boolean interrupted = false;
        RuntimeException failure = null;
        for (Future<?> future : running) {
            while (true) {
                try {
                    future.get();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    failure = asUnchecked(e.getCause());
                    break;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static RuntimeException asUnchecked(Throwable cause) {
        if (cause instanceof RuntimeException unchecked) {
            return unchecked;
        }
        return new DeviceException("tiles", 0, "a tile failed: " + cause, cause);
    }

    @Override
    public void close() {
        if (helpers != null) {
            helpers.shutdown();
        }
    }
}
