package io.sparsemesh.gateway.webhook;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.gateway.loop.Loop;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jboss.logging.Logger;

/// Sends what is due, each attempt on a thread of its own, a few at a time to one receiver. Any
/// number of gateways do so together. An attempt whose end cannot be stored is made again when its
/// lease is over, under the same id.
@ApplicationScoped
class Dispatcher {

    private static final Logger LOG = Logger.getLogger(Dispatcher.class);
    private static final Duration LAST = Duration.ofSeconds(5);
    private static final int MOST = 256;
    private static final int MOST_TO_ONE = 4;

    /// From the longest attempt's end to the end of its lease: what storing its end may take.
    private static final Duration LEASE_MARGIN = Duration.ofSeconds(30);

    private final DeliveryQueue queue;
    private final Sender sender;
    private final RetryPolicy policy;
    private final Map<DeliveryState, Counter> attempts = new EnumMap<>(DeliveryState.class);
    private final boolean signs;
    private final InFlight inFlight = new InFlight(MOST, MOST_TO_ONE);
    private final Loop loop = new Loop("webhook-dispatcher", this::dispatchSome);

    @Inject
    Dispatcher(DeliveryQueue queue, WebhookSettings settings, MeterRegistry metrics) {
        Secrets secrets = Secrets.of(settings);
        AddressRules rules = new AddressRules(settings.hosts().orElse(Set.of()));
        this.queue = queue;
        this.sender =
                new Sender(secrets, rules, settings.connectTimeout(), settings.answerTimeout());
        this.policy =
                new RetryPolicy(
                        settings.retryFirst(), settings.retryLongest(), settings.retryFor());
        for (DeliveryState state : DeliveryState.values()) {
            attempts.put(state, counter(metrics, state));
        }
        this.signs = !secrets.none();
    }

    /// Without a secret nothing can be sent; what was stored while there was one waits for the
    /// next.
    void start(@Observes StartupEvent event) {
        if (signs) {
            loop.start();
        }
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        loop.stop(LAST);
    }

    void stored(@Observes(during = TransactionPhase.AFTER_SUCCESS) Deliveries.Stored stored) {
        loop.wake();
    }

    /// @return whether there was anything, so that there may be more
    private boolean dispatchSome() {
        int room = inFlight.room();
        if (room == 0) {
            return false;
        }
        Duration lease = sender.limit().plus(LEASE_MARGIN);
        List<Delivery> claimed = queue.claim(inFlight.busy(), room, lease);
        for (Delivery delivery : claimed) {
            inFlight.add(delivery.receiver());
            Thread.ofVirtual().name("webhook").start(() -> deliver(delivery));
        }
        return !claimed.isEmpty();
    }

    private void deliver(Delivery delivery) {
        try {
            finish(delivery, sender.send(delivery));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.warnf(
                    "the end of an attempt cannot be stored, it will be repeated jobId=%s webhook=%d: %s",
                    delivery.job(), delivery.webhook(), e);
        } finally {
            inFlight.remove(delivery.receiver());
            loop.wake();
        }
    }

    private void finish(Delivery delivery, Outcome outcome) {
        RetryPolicy.Verdict verdict =
                policy.judge(
                        outcome, delivery.attempt(), delivery.age(), ThreadLocalRandom.current());
        if (queue.finish(delivery, verdict)) {
            count(verdict.state());
        }
        if (verdict.state() == DeliveryState.FAILED) {
            LOG.warnf(
                    "webhook given up jobId=%s webhook=%d attempt=%d: %s",
                    delivery.job(), delivery.webhook(), delivery.attempt(), verdict.error());
        }
    }

    private void count(DeliveryState state) {
        attempts.get(state).increment();
    }

    private static Counter counter(MeterRegistry metrics, DeliveryState state) {
        String outcome =
                state == DeliveryState.PENDING ? "retried" : state.name().toLowerCase(Locale.ROOT);
        return Counter.builder("sparsemesh.gateway.webhook.attempts")
                .description("Attempts to deliver webhooks, by what came of them")
                .tag("outcome", outcome)
                .register(metrics);
    }
}
