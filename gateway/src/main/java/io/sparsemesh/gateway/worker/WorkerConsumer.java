package io.sparsemesh.gateway.worker;

import io.smallrye.common.annotation.Blocking;
import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.contracts.message.MessageException;
import io.sparsemesh.gateway.projection.Records;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;

/// Listens to the workers' heartbeats, those together that come together: a transaction costs about
/// the same for one as for many. One that cannot be read or stored is dropped: the next follows
/// within seconds.
@ApplicationScoped
class WorkerConsumer {

    private static final Logger LOG = Logger.getLogger(WorkerConsumer.class);

    private final WorkerViews views;

    WorkerConsumer(WorkerViews views) {
        this.views = views;
    }

    /// What was heard of a worker.
    ///
    /// @param at when the broker got the message
    record Heard(WorkerStatus status, Instant at) {

        static Heard later(Heard first, Heard second) {
            return second.at().isBefore(first.at()) ? first : second;
        }
    }

    @Incoming("workers")
    @Blocking
    void consume(ConsumerRecords<String, byte[]> records) {
        // In the order of names, so that two gateways do not wait for each other.
        Map<String, Heard> last = new TreeMap<>();
        for (ConsumerRecord<String, byte[]> record : records) {
            heard(record)
                    .ifPresent(heard -> last.merge(heard.status().worker(), heard, Heard::later));
        }
        if (!last.isEmpty()) {
            views.store(last.values());
        }
    }

    private static Optional<Heard> heard(ConsumerRecord<String, byte[]> record) {
        try {
            return Records.decode(record).message() instanceof WorkerStatus status
                    ? Optional.of(new Heard(status, Instant.ofEpochMilli(record.timestamp())))
                    : Optional.empty();
        } catch (MessageException e) {
            LOG.warnf("dropped record %d of the workers: %s", record.offset(), e.getMessage());
            return Optional.empty();
        }
    }
}
