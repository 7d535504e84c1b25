package io.sparsemesh.scheduler.intake;

import io.smallrye.reactive.messaging.kafka.KafkaRecord;
import io.smallrye.reactive.messaging.kafka.KafkaRecordBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jboss.logging.Logger;

/// Records that came together. They are processed at once; if that fails, one by one, so that only
/// those go to the dead letters that cannot be processed.
final class Batch<T> {

    private static final Logger LOG = Logger.getLogger(Batch.class);

    private final List<Item<T>> items = new ArrayList<>();
    private final List<CompletionStage<Void>> ends = new ArrayList<>();

    private record Item<T>(KafkaRecord<String, byte[]> record, T content) {}

    /// @param reader turns a record into what is processed; what it throws sends the record to the
    ///     dead letters
    Batch(KafkaRecordBatch<String, byte[]> batch, Function<KafkaRecord<String, byte[]>, T> reader) {
        for (KafkaRecord<String, byte[]> record : batch.getRecords()) {
            try {
                items.add(new Item<>(record, reader.apply(record)));
            } catch (RuntimeException e) {
                ends.add(record.nack(e));
            }
        }
    }

    /// Processes all; completes when every record is acknowledged or lies with the dead letters.
    ///
    /// @param action does all of a list in order or nothing of it
    CompletionStage<Void> process(Consumer<List<T>> action) {
        if (!items.isEmpty()) {
            try {
                action.accept(items.stream().map(Item::content).toList());
                items.forEach(item -> ends.add(item.record().ack()));
            } catch (RuntimeException e) {
                LOG.debugf(e, "%d records cannot be processed at once", items.size());
                items.forEach(item -> ends.add(processAlone(item, action)));
            }
        }
        return CompletableFuture.allOf(
                ends.stream()
                        .map(CompletionStage::toCompletableFuture)
                        .toArray(CompletableFuture[]::new));
    }

    private static <T> CompletionStage<Void> processAlone(Item<T> item, Consumer<List<T>> action) {
        try {
            action.accept(List.of(item.content()));
            return item.record().ack();
        } catch (RuntimeException e) {
            LOG.warnf(
                    "to the dead letters: %s-%d: %s",
                    item.record().getTopic(), item.record().getPartition(), e);
            return item.record().nack(e);
        }
    }
}
