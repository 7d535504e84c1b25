package io.sparsemesh.sources;

import io.sparsemesh.sources.ModelSourceException.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/// Waits between attempts at one thing, longer each time, and gives up.
final class Retries {

    private final SourceSettings.Retrying limits;
    private final String uri;
    private final String file;
    private int failures;

    Retries(SourceSettings.Retrying limits, String uri, String file) {
        this.limits = limits;
        this.uri = uri;
        this.file = file;
    }

    interface Attempt<T> {
        T run() throws IOException;
    }

    <T> T call(Attempt<T> attempt) {
        while (true) {
            try {
                return attempt.run();
            } catch (IOException e) {
                pauseAfter(e);
            }
        }
    }

    /// Something new came: the count begins anew.
    void progressed() {
        failures = 0;
    }

    /// @throws ModelSourceException if there were too many failures, or the thread is interrupted
    void pauseAfter(IOException failure) {
        failures++;
        if (failures >= limits.attempts()) {
            throw unreachable(failure);
        }
        try {
            Thread.sleep(pause(failure));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unreachable(failure);
        }
    }

    private Duration pause(IOException failure) {
        Duration doubled = limits.pause().multipliedBy(1L << Math.min(failures - 1, 16));
        Optional<Duration> asked =
                failure instanceof BusyException b ? b.pause() : Optional.empty();
        return shorter(asked.orElse(doubled), limits.longest());
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private ModelSourceException unreachable(IOException failure) {
        String said = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        return new ModelSourceException(
                Kind.UNREACHABLE,
                uri,
                file,
                "%s; gave up after %d attempts".formatted(said, failures),
                failure);
    }
}
