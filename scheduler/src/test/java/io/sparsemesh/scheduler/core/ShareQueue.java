package io.sparsemesh.scheduler.core;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Model of a Kafka share group on one topic: any order, each record to one worker at a time for
/// as long as the lock lasts, again with a higher delivery count if it was not accepted by then,
/// and gone after five deliveries.
final class ShareQueue {

    private static final Duration LOCK = Duration.ofSeconds(15);
    private static final int MAX_DELIVERIES = 5;

    /// A record in the queue.
    static final class Entry {
        private final Command.PublishTask task;
        private int deliveries;
        private String holder = "";
        private Instant lockedUntil = Instant.MIN;

        Entry(Command.PublishTask task) {
            this.task = task;
        }

        Command.PublishTask task() {
            return task;
        }

        int deliveries() {
            return deliveries;
        }
    }

    private final List<Entry> entries = new ArrayList<>();
    private final Faults faults;
    private boolean away;

    ShareQueue(Faults faults) {
        this.faults = faults;
    }

    /// Whether the broker can be reached.
    void away(boolean isAway) {
        away = isAway;
    }

    void publish(Command.PublishTask task) {
        entries.add(new Entry(task));
    }

    /// @param broker the broker's clock, which does not jump
    Optional<Entry> poll(String worker, Instant broker) {
        if (away) {
            return Optional.empty();
        }
        entries.removeIf(e -> e.deliveries == MAX_DELIVERIES && !e.lockedUntil.isAfter(broker));
        List<Entry> free = entries.stream().filter(e -> !e.lockedUntil.isAfter(broker)).toList();
        if (free.isEmpty()) {
            return Optional.empty();
        }
        Entry entry = free.get(faults.below(Math.min(free.size(), 4)));
        if (faults.strikes(Fault.TASK_RECORD_LOST)) {
            entries.remove(entry);
            return Optional.empty();
        }
        entry.deliveries++;
        entry.holder = worker;
        entry.lockedUntil = broker.plus(LOCK);
        return Optional.of(entry);
    }

    /// Whether the worker still held the record, which is done now.
    boolean accept(Entry entry, String worker, Instant broker) {
        boolean held = entry.holder.equals(worker) && entry.lockedUntil.isAfter(broker);
        return !away && held && entries.remove(entry);
    }
}
