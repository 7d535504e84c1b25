package io.sparsemesh.gateway.worker;

import io.smallrye.common.annotation.Blocking;
import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.gateway.projection.Records;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/// Listens to the workers' heartbeats. One that cannot be read or stored is dropped: the next
/// follows within seconds.
@ApplicationScoped
class WorkerConsumer {

    private final WorkerViews views;

    WorkerConsumer(WorkerViews views) {
        this.views = views;
    }

    @Incoming("workers")
    @Blocking
    void consume(ConsumerRecord<String, byte[]> record) {
        if (Records.decode(record).message() instanceof WorkerStatus status) {
            views.heard(status, Instant.ofEpochMilli(record.timestamp()));
        }
    }
}
