package io.sparsemesh.scheduler.outbox;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;

/// Rows that were sent to the broker and are still in the outbox. Used by one thread; the
/// producer's own only counts.
final class Flight {

    private final Map<Long, Future<RecordMetadata>> sent = new LinkedHashMap<>();
    private final AtomicInteger unanswered = new AtomicInteger();
    private final Runnable allAnswered;

    /// @param allAnswered called when the broker has answered all that was sent
    Flight(Runnable allAnswered) {
        this.allAnswered = allAnswered;
    }

    void send(Producer<String, byte[]> producer, OutboxRows.Row row) {
        unanswered.incrementAndGet();
        sent.put(
                row.id(),
                producer.send(
                        row.record(),
                        (_, _) -> {
                            if (unanswered.decrementAndGet() == 0) {
                                allAnswered.run();
                            }
                        }));
    }

    boolean isEmpty() {
        return sent.isEmpty();
    }

    int size() {
        return sent.size();
    }

    List<Long> ids() {
        return List.copyOf(sent.keySet());
    }

    /// Whether the broker has answered everything.
    boolean isLanded() {
        return unanswered.get() == 0;
    }

    /// @throws ExecutionException if the producer gave a row up
    void check() throws ExecutionException, InterruptedException {
        for (Future<RecordMetadata> future : sent.values()) {
            if (future.isDone()) {
                future.get();
            }
        }
    }

    /// Takes those rows out that the broker has acknowledged.
    ///
    /// @throws ExecutionException if the producer gave one up
    List<Long> landed() throws ExecutionException, InterruptedException {
        check();
        List<Long> landed =
                sent.entrySet().stream()
                        .filter(row -> row.getValue().isDone())
                        .map(Map.Entry::getKey)
                        .toList();
        landed.forEach(sent::remove);
        return landed;
    }
}
