package io.sparsemesh.taskqueue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Growing pauses between attempts, cut short when the worker stops.
final class Backoff {

    private static final Duration FIRST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private final CountDownLatch stop;
    private Duration next = FIRST;

    Backoff(CountDownLatch stop) {
        this.stop = stop;
    }

    void pause() throws InterruptedException {
        boolean stopped = stop.await(next.toMillis(), TimeUnit.MILLISECONDS);
        Duration doubled = next.multipliedBy(2);
        next = stopped || doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
    }

    void reset() {
        next = FIRST;
    }
}
