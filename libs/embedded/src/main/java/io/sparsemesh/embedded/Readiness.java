package io.sparsemesh.embedded;

import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/// Waits for a child process to serve.
final class Readiness {
    private Readiness() {}

    /// Polls `ready` until it holds.
    ///
    /// @throws IllegalStateException if the process ends first or the limit passes; the
    ///     message carries the end of its log
    static void await(ChildProcess child, Duration limit, BooleanSupplier ready) {
        Instant end = Instant.now().plus(limit);
        while (!ready.getAsBoolean()) {
            if (!child.isAlive()) {
                throw failure(child, "ended before it was ready");
            }
            if (Instant.now().isAfter(end)) {
                child.kill();
                throw failure(child, "was not ready within " + limit.toSeconds() + " s");
            }
            pause();
        }
    }

    private static IllegalStateException failure(ChildProcess child, String what) {
        return new IllegalStateException(
                child.name() + " " + what + "; " + child.log() + " ends:\n" + child.logTail(20));
    }

    private static void pause() {
        try {
            Thread.sleep(25);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a server", e);
        }
    }
}
