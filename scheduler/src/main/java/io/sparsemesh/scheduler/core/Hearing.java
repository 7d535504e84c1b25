package io.sparsemesh.scheduler.core;

import java.time.Duration;
import java.time.Instant;

/// The last stretch of time over which whatever workers said has been heard without a break. A
/// worker's silence counts only within it: while the broker or the scheduler is away, and while
/// what was said in between is being read, nobody's lease runs out.
///
/// @param length how long the stretch is
/// @param age how long ago it ended; what was said since then may not have been read yet
public record Hearing(Duration length, Duration age) {

    /// Nothing was ever heard.
    public static final Hearing NONE = new Hearing(Duration.ZERO, Duration.ZERO);

    /// How much of the time from `since` to `now` belongs to the stretch.
    Duration heard(Instant since, Instant now) {
        Instant end = now.minus(age);
        Instant begin = end.minus(length);
        Duration heard = Duration.between(since.isAfter(begin) ? since : begin, end);
        return heard.isNegative() ? Duration.ZERO : heard;
    }
}
