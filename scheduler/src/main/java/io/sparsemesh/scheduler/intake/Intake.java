package io.sparsemesh.scheduler.intake;

import io.smallrye.reactive.messaging.annotations.Blocking;
import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.contracts.message.CancelRequested;
import io.sparsemesh.contracts.message.DeleteRequested;
import io.sparsemesh.contracts.message.Envelope;
import io.sparsemesh.contracts.message.JobSubmitted;
import io.sparsemesh.contracts.message.Message;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.message.MessageException;
import io.sparsemesh.contracts.message.RetryRequested;
import io.sparsemesh.contracts.task.TaskHeartbeat;
import io.sparsemesh.contracts.task.TaskMessage;
import io.sparsemesh.scheduler.core.Event;
import io.sparsemesh.scheduler.job.Jobs;
import io.sparsemesh.scheduler.worker.Workers;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;

/// Decodes what comes in and lets it happen. A record that cannot be read, or that can never be
/// processed, goes to the dead-letter topic by throwing; while the database is away the record
/// waits, and with it the channel.
@ApplicationScoped
class Intake {

    private static final Logger LOG = Logger.getLogger(Intake.class);

    private final Jobs jobs;
    private final Workers workers;
    private final Patience patience;

    Intake(Jobs jobs, Workers workers, Patience patience) {
        this.jobs = jobs;
        this.workers = workers;
        this.patience = patience;
    }

    @Incoming("requests")
    @Blocking
    void request(ConsumerRecord<String, byte[]> record) {
        Envelope envelope = read(record);
        Message.OfJob request = expect(envelope, Message.OfJob.class);
        Event event =
                switch (request) {
                    case JobSubmitted submitted ->
                            new Event.Submitted(
                                    submitted.job(), submitted.request(), submitted.architecture());
                    case CancelRequested _ -> new Event.CancelRequested();
                    case RetryRequested _ -> new Event.RetryRequested();
                    case DeleteRequested _ -> new Event.DeleteRequested();
                    default -> throw unexpected(envelope, "a request");
                };
        patience.persist(() -> jobs.receive(envelope.id(), request.job(), event));
    }

    /// A heartbeat that comes twice does no harm, and there are many: they pass by the inbox.
    @Incoming("results")
    @Blocking
    void result(ConsumerRecord<String, byte[]> record) {
        Envelope envelope = read(record);
        TaskMessage message = expect(envelope, TaskMessage.class);
        String id = message instanceof TaskHeartbeat ? "" : envelope.id();
        patience.persist(
                () -> jobs.receive(id, message.lease().job(), new Event.Reported(message)));
    }

    @Incoming("workers")
    @Blocking
    void worker(ConsumerRecord<String, byte[]> record) {
        WorkerStatus status = expect(read(record), WorkerStatus.class);
        patience.persist(() -> workers.seen(status));
    }

    private static Envelope read(ConsumerRecord<String, byte[]> record) {
        try {
            return decode(record);
        } catch (MessageException e) {
            LOG.warnf(
                    "to the dead letters: %s-%d offset %d: %s",
                    record.topic(), record.partition(), record.offset(), e.getMessage());
            throw e;
        }
    }

    private static Envelope decode(ConsumerRecord<String, byte[]> record) {
        Map<String, String> headers = new HashMap<>();
        for (Header header : record.headers()) {
            headers.put(header.key(), MessageCodec.text(header.value()));
        }
        if (record.value() == null) {
            throw new MessageException("record without a value");
        }
        return MessageCodec.decode(headers, record.value());
    }

    private static <T> T expect(Envelope envelope, Class<T> type) {
        if (!type.isInstance(envelope.message())) {
            throw unexpected(envelope, type.getSimpleName());
        }
        return type.cast(envelope.message());
    }

    private static MessageException unexpected(Envelope envelope, String expected) {
        return new MessageException(
                "event %s: expected %s, found %s"
                        .formatted(
                                envelope.id(),
                                expected,
                                envelope.message().getClass().getSimpleName()));
    }
}
