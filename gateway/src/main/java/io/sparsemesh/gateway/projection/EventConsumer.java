package io.sparsemesh.gateway.projection;

import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.common.annotation.Blocking;
import io.sparsemesh.contracts.event.JobEvent;
import io.sparsemesh.contracts.message.Envelope;
import io.sparsemesh.contracts.message.MessageException;
import io.sparsemesh.gateway.event.Wakeup;
import io.sparsemesh.tracing.LogKeys;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;

/// Projects the events topic, one record after the other. While the database is away it waits; a
/// record that can never be projected goes to the dead-letter topic.
@ApplicationScoped
class EventConsumer {

    private static final Logger LOG = Logger.getLogger(EventConsumer.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final Inbox inbox;
    private final Perplexities perplexities;
    private final Wakeup wakeup;
    private volatile boolean stopping;

    EventConsumer(Inbox inbox, Perplexities perplexities, Wakeup wakeup) {
        this.inbox = inbox;
        this.perplexities = perplexities;
        this.wakeup = wakeup;
    }

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
    }

    /// @throws MessageException if it is no event of a job: the record is then a dead letter
    @Incoming("events")
    @Blocking
    void consume(ConsumerRecord<String, byte[]> record) {
        Envelope envelope = Records.decode(record);
        if (!(envelope.message() instanceof JobEvent event)) {
            throw new MessageException(
                    "expected an event of a job, found " + envelope.message().getClass());
        }
        try (LogKeys _ = LogKeys.job(event.job())) {
            project(envelope.id(), event);
        }
        wakeup.signal();
    }

    private void project(String id, JobEvent event) {
        Duration pause = FIRST_PAUSE;
        while (true) {
            try {
                if (inbox.project(id, event)) {
                    perplexities.record(event);
                }
                return;
            } catch (RuntimeException e) {
                if (Failures.arePermanent(e) && !stopping) {
                    throw e;
                }
                LOG.warnf("event waits for the database jobId=%s: %s", event.job(), e);
            }
            sleep(pause);
            pause = pause.multipliedBy(2);
            pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
        }
    }

    /// An interrupt comes with the end of the process. Giving up would send the record to the
    /// dead letters, so the wait goes on: the record is read again after the restart.
    private static void sleep(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            LOG.debug("stopping while the database is away");
        }
    }
}
