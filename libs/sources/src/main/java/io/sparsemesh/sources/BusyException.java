package io.sparsemesh.sources;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/// A server that wants to be asked again later.
final class BusyException extends IOException {

    private final transient Optional<Duration> pause;

    /// @param pause that the server asked for
    BusyException(String message, Optional<Duration> pause) {
        super(message);
        this.pause = pause;
    }

    Optional<Duration> pause() {
        return pause;
    }
}
