package io.sparsemesh.scheduler.intake;

import io.smallrye.reactive.messaging.kafka.KafkaRecord;
import io.smallrye.reactive.messaging.kafka.KafkaRecordBatch;
import io.sparsemesh.scheduler.loop.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jboss.logging.Logger;

/// Records on their way from a topic: those that come while others are processed are processed
/// together. If that fails, one by one, so that only those go to the dead letters that cannot be
/// processed. While several come at a time, a little more are waited for: a transaction costs about
/// the same for one record as for many. A record that comes alone waits for nothing. What is not
/// processed when the process ends is neither acknowledged nor a dead letter: it comes again.
final class Channel<T> {

    private static final Logger LOG = Logger.getLogger(Channel.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration LINGER = Duration.ofMillis(10);

    /// Records that wait before the topic has to.
    private static final int MOST = 1000;

    private final Function<KafkaRecord<String, byte[]>, T> reader;
    private final Consumer<List<T>> action;
    private final Loop loop;
    private final List<Item<T>> waiting = new ArrayList<>();
    private CompletableFuture<Void> room = CompletableFuture.completedFuture(null);
    private int together;

    private record Item<T>(KafkaRecord<String, byte[]> record, T content) {}

    /// @param reader turns a record into what is processed; what it throws sends the record to the
    ///     dead letters
    /// @param action does all of a list in order, or throws; may be asked again for what it did
    Channel(
            String name,
            Function<KafkaRecord<String, byte[]>, T> reader,
            Consumer<List<T>> action) {
        this.reader = reader;
        this.action = action;
        this.loop = new Loop(name, PERIOD, this::process);
    }

    void start() {
        loop.start();
    }

    void stop() {
        loop.stop();
    }

    /// Takes records; completes when the next ones may come. Each record is acknowledged when it is
    /// processed.
    synchronized CompletionStage<Void> add(KafkaRecordBatch<String, byte[]> batch) {
        for (KafkaRecord<String, byte[]> record : batch.getRecords()) {
            try {
                waiting.add(new Item<>(record, reader.apply(record)));
            } catch (RuntimeException e) {
                nack(record, e);
            }
        }
        if (waiting.size() >= MOST && room.isDone()) {
            room = new CompletableFuture<>();
        }
        loop.wake();
        return room;
    }

    private synchronized List<Item<T>> take() {
        List<Item<T>> taken = List.copyOf(waiting);
        waiting.clear();
        room.complete(null);
        return taken;
    }

    private void process() throws InterruptedException {
        if (together > 1) {
            Thread.sleep(LINGER);
        }
        List<Item<T>> items = take();
        together = items.size();
        if (items.isEmpty()) {
            return;
        }
        try {
            action.accept(items.stream().map(Item::content).toList());
            items.forEach(item -> ack(item.record()));
        } catch (StoppingException e) {
            LOG.debugf(e, "%d records are left to the next process", items.size());
        } catch (RuntimeException e) {
            LOG.debugf(e, "%d records cannot be processed at once", items.size());
            items.forEach(this::processAlone);
        }
    }

    private void processAlone(Item<T> item) {
        try {
            action.accept(List.of(item.content()));
            ack(item.record());
        } catch (StoppingException e) {
            LOG.debugf(e, "%s: a record is left to the next process", place(item.record()));
        } catch (RuntimeException e) {
            LOG.warnf("to the dead letters: %s: %s", place(item.record()), e);
            nack(item.record(), e);
        }
    }

    private static void ack(KafkaRecord<String, byte[]> record) {
        record.ack()
                .exceptionally(
                        e -> {
                            LOG.warnf("not acknowledged: %s: %s", place(record), e);
                            return null;
                        });
    }

    private static void nack(KafkaRecord<String, byte[]> record, RuntimeException why) {
        record.nack(why)
                .exceptionally(
                        e -> {
                            LOG.errorf("not with the dead letters: %s: %s", place(record), e);
                            return null;
                        });
    }

    private static String place(KafkaRecord<String, byte[]> record) {
        return record.getTopic() + "-" + record.getPartition();
    }
}
