package io.sparsemesh.engine.device;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/// Runs the tiles of an operation on a fixed number of threads. Which tiles there are is decided by
/// the operation from its shapes alone ([Split]), and every tile writes memory of its own: results
/// do not depend on the number of threads, nor on which thread takes which tile.
///
/// The calling thread takes part, and waits only for tiles that another thread has begun: a thread
/// that the machine does not run at the moment holds nobody up. A loop inside a tile runs on the
/// thread of that tile.
///
/// Each thread begins with a share of its own, the same part of every operation: what it wrote in
/// one operation is still in its cache in the next. A thread that is done takes from the far end of
/// the others' shares.
///
/// Between operations the threads look out for the next one for a short while before they sleep:
/// waking up takes as long as a small operation.
final class Tiles implements AutoCloseable {

    private static final long SPIN_NANOS = 50_000;

    /// The work of one tile.
    @FunctionalInterface
    interface Work {
        /// @param tile from 0 to the number of tiles
        /// @param worker from 0 to [Tiles#threads]; two tiles that run at once have different ones
        void run(long tile, int worker);
    }

    private final int threads;
    private final Helper[] helpers;
    private final ThreadLocal<Integer> workerOfThread = new ThreadLocal<>();
    private volatile Loop current;
    private volatile boolean closed;

    Tiles(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: expected at least 1, found " + threads);
        }
        this.threads = threads;
        helpers = new Helper[threads - 1];
        for (int i = 0; i < helpers.length; i++) {
            helpers[i] = new Helper(i + 1);
            helpers[i].start();
        }
    }

    int threads() {
        return threads;
    }

    /// Runs `work` for the tiles 0 to `count` and returns when all are done. When a tile fails, no
    /// more are begun and its exception is thrown.
    void forEach(long count, Work work) {
        Integer outer = workerOfThread.get();
        if (outer != null || threads == 1 || count <= 1) {
            int worker = outer == null ? 0 : outer;
            for (long tile = 0; tile < count; tile++) {
                work.run(tile, worker);
            }
            return;
        }
        Loop loop = new Loop(Math.toIntExact(count), threads, work);
        current = loop;
        for (int i = 0; i < Math.min(helpers.length, count - 1); i++) {
            helpers[i].wake();
        }
        take(loop, 0);
        loop.awaitHelpers();
        current = null;
        loop.throwFailure();
    }

    private void take(Loop loop, int worker) {
        workerOfThread.set(worker);
        try {
            loop.run(worker);
        } finally {
            workerOfThread.remove();
        }
    }

    /// The tiles of one thread's share that nobody has begun, from `next` to `end`.
    private static final class Share {
        private final AtomicLong nextAndEnd;

        Share(int next, int end) {
            nextAndEnd = new AtomicLong(pack(next, end));
        }

        private static long pack(int next, int end) {
            return (long) next << Integer.SIZE | end;
        }

        private static int next(long both) {
            return (int) (both >>> Integer.SIZE);
        }

        private static int end(long both) {
            return (int) both;
        }

        boolean isEmpty() {
            long both = nextAndEnd.get();
            return next(both) >= end(both);
        }

        void clear() {
            nextAndEnd.set(0);
        }

        /// @return the first tile that is left, or -1
        int takeFirst() {
            long both =
                    nextAndEnd.getAndUpdate(b -> next(b) < end(b) ? pack(next(b) + 1, end(b)) : b);
            return next(both) < end(both) ? next(both) : -1;
        }

        /// @return the last tile that is left, or -1
        int takeLast() {
            long both =
                    nextAndEnd.getAndUpdate(b -> next(b) < end(b) ? pack(next(b), end(b) - 1) : b);
            return next(both) < end(both) ? end(both) - 1 : -1;
        }
    }

    /// One operation's tiles.
    private static final class Loop {
        private final Share[] shares;
        private final Work work;
        private final AtomicInteger running = new AtomicInteger();
        private final AtomicReference<Throwable> failure = new AtomicReference<>();

        Loop(int count, int threads, Work work) {
            this.work = work;
            shares = new Share[threads];
            for (int worker = 0; worker < threads; worker++) {
                shares[worker] =
                        new Share(
                                (int) ((long) count * worker / threads),
                                (int) ((long) count * (worker + 1) / threads));
            }
        }

        boolean hasMore() {
            for (Share share : shares) {
                if (!share.isEmpty()) {
                    return true;
                }
            }
            return false;
        }

        void run(int worker) {
            running.incrementAndGet();
            try {
                for (int tile; (tile = take(worker)) >= 0; ) {
                    work.run(tile, worker);
                }
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
                for (Share share : shares) {
                    share.clear();
                }
            } finally {
                running.decrementAndGet();
            }
        }

        private int take(int worker) {
            int tile = shares[worker].takeFirst();
            for (int other = 1; tile < 0 && other < shares.length; other++) {
                tile = shares[(worker + other) % shares.length].takeLast();
            }
            return tile;
        }

        /// A helper counts itself as running before it takes a tile, so once none is left and
        /// nobody runs, all are done.
        void awaitHelpers() {
            long since = System.nanoTime();
            while (running.get() > 0) {
                if (System.nanoTime() - since < SPIN_NANOS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.parkNanos(SPIN_NANOS);
                }
            }
        }

        void throwFailure() {
            switch (failure.get()) {
                case null -> {}
                case RuntimeException e -> throw e;
                case Throwable e -> throw new DeviceException("tiles", 0, "a tile failed: " + e, e);
            }
        }
    }

    private final class Helper extends Thread {
        private final int worker;
        private volatile boolean asleep;

        Helper(int worker) {
            super("tiles-" + worker);
            this.worker = worker;
            setDaemon(true);
        }

        void wake() {
            if (asleep) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            long idleSince = System.nanoTime();
            while (!closed) {
                Loop loop = current;
                if (loop != null && loop.hasMore()) {
                    take(loop, worker);
                    idleSince = System.nanoTime();
                } else if (System.nanoTime() - idleSince < SPIN_NANOS) {
                    Thread.onSpinWait();
                } else {
                    sleep();
                    idleSince = System.nanoTime();
                }
            }
        }

        private void sleep() {
            asleep = true;
            Loop loop = current;
            if (!closed && (loop == null || !loop.hasMore())) {
                LockSupport.park(Tiles.this);
            }
            asleep = false;
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Helper helper : helpers) {
            LockSupport.unpark(helper);
        }
    }
}
