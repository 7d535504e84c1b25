package io.sparsemesh.scheduler.core;

import java.time.Duration;
import java.time.Instant;

/// When the workers could be heard: whatever they published by `upTo` has had its effect, and since
/// `since` nothing kept them from publishing or the scheduler from listening for long. Times are
/// the database's.
///
/// A worker's silence says that it is dead only while it could have been heard. While the broker is
/// away, or the scheduler is down or behind, the end of the interval stands still, and a new one
/// begins when all that lay in the topic then has been read.
public record Hearing(Instant since, Instant upTo) {

    /// Before the workers could be heard for the first time.
    public static final Hearing NOTHING = new Hearing(Instant.MAX, Instant.MIN);

    public boolean isNothing() {
        return equals(NOTHING);
    }

    /// What it is worth now: nothing if it reaches beyond, because the database's clock went back.
    Hearing asOf(Instant now) {
        return upTo.isAfter(now) ? NOTHING : this;
    }

    /// Whether the workers could be heard for longer than `limit` after `from`.
    boolean covers(Instant from, Duration limit) {
        Instant start = from.isAfter(since) ? from : since;
        return Duration.between(start, upTo).compareTo(limit) > 0;
    }
}
