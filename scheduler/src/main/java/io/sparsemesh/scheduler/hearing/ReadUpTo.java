package io.sparsemesh.scheduler.hearing;

import io.sparsemesh.scheduler.core.Hearing;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/// Tells from the ends of a topic's partitions, looked at now and then, and from how far they
/// have been read, over which time everything has been read. Times are [System#nanoTime]'s.
final class ReadUpTo {

    /// Looks that lie further apart leave a gap in which something may have been missed.
    static final Duration LONGEST_GAP = Duration.ofSeconds(3);

    /// Enough for half an hour of arrears.
    private static final int MOST_LOOKS = 3600;

    private record Look(long at, Map<Integer, Long> ends) {

        boolean isRead(Map<Integer, Long> read) {
            return ends.entrySet().stream()
                    .allMatch(e -> read.getOrDefault(e.getKey(), 0L) >= e.getValue());
        }
    }

    private final Deque<Look> unread = new ArrayDeque<>();
    private boolean begun;
    private long from;
    private long until;

    /// @param at time of the look
    /// @param ends by partition, the offset after its last record
    /// @param read by partition, the offset after the last record that was processed
    synchronized void looked(long at, Map<Integer, Long> ends, Map<Integer, Long> read) {
        unread.add(new Look(at, ends));
        while (!unread.isEmpty() && unread.peek().isRead(read)) {
            readUpTo(unread.remove().at());
        }
        if (unread.size() > MOST_LOOKS) {
            unread.remove();
        }
    }

    private void readUpTo(long at) {
        if (!begun || at - until > LONGEST_GAP.toNanos()) {
            from = at;
        }
        begun = true;
        until = at;
    }

    synchronized Hearing hearing(long now) {
        return begun
                ? new Hearing(Duration.ofNanos(until - from), Duration.ofNanos(now - until))
                : Hearing.NONE;
    }
}
