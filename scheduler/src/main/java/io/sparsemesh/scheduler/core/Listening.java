package io.sparsemesh.scheduler.core;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/// Finds out when the workers could be heard, by looking now and then at how far the results topic
/// has been processed. Immutable; [#probed] makes the next one.
///
/// The ends of the partitions at one look are the mark. When a later look finds that all of it has
/// been processed, the workers could be heard up to the time of the mark. Two such times with more
/// than `longestGap` between them belong to different intervals.
///
/// @param markedAt time of the mark
/// @param mark offset of the next record of each partition at that time; empty before the first
///     look
public record Listening(
        Duration longestGap, Hearing hearing, Instant markedAt, Map<Integer, Long> mark) {

    public Listening {
        mark = Map.copyOf(mark);
    }

    /// Nothing is known yet.
    ///
    /// @param longestGap pause in listening that is no break: little against the time for which a
    ///     worker may be silent
    public static Listening fromNowOn(Duration longestGap) {
        return new Listening(longestGap, Hearing.NOTHING, Instant.MIN, Map.of());
    }

    /// What is known when the database's clock shows `now`: nothing, if it went back.
    public Listening at(Instant now) {
        return markedAt.isAfter(now) ? fromNowOn(longestGap) : this;
    }

    /// A look at the topic that the broker answered.
    ///
    /// @param now the database's time before the broker was asked
    /// @param done offset of each partition before which all records are processed
    /// @param ends offset of the next record of each partition
    public Listening probed(Instant now, Map<Integer, Long> done, Map<Integer, Long> ends) {
        Listening known = at(now);
        if (known.mark.isEmpty()) {
            return new Listening(longestGap, Hearing.NOTHING, now, ends);
        }
        return known.isMarkReached(done)
                ? new Listening(longestGap, known.extended(), now, ends)
                : known;
    }

    private boolean isMarkReached(Map<Integer, Long> done) {
        return mark.entrySet().stream()
                .allMatch(end -> done.getOrDefault(end.getKey(), 0L) >= end.getValue());
    }

    private Hearing extended() {
        boolean goesOn =
                !hearing.isNothing()
                        && Duration.between(hearing.upTo(), markedAt).compareTo(longestGap) <= 0;
        return new Hearing(goesOn ? hearing.since() : markedAt, markedAt);
    }
}
