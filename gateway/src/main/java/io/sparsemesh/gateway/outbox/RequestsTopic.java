package io.sparsemesh.gateway.outbox;

import io.sparsemesh.contracts.BrokerLogin;
import io.sparsemesh.contracts.Topics;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/// Knows whether the scheduler has made the requests topic. Sending before would let the broker
/// make one with wrong settings. Once seen it stays: while the broker is away, jobs are accepted
/// into the outbox.
@ApplicationScoped
public class RequestsTopic {

    private static final Logger LOG = Logger.getLogger(RequestsTopic.class);
    private static final Duration LIMIT = Duration.ofSeconds(3);
    private static final Duration RECHECK = Duration.ofMillis(500);

    private final String bootstrapServers;
    private Admin admin;
    private boolean seen;
    private long nextCheck = System.nanoTime();

    RequestsTopic(@ConfigProperty(name = "kafka.bootstrap.servers") String bootstrapServers) {
        this.bootstrapServers = bootstrapServers;
    }

    /// Asks the broker, at most twice a second, until the topic is there.
    public synchronized boolean isThere() {
        if (!seen && System.nanoTime() - nextCheck >= 0) {
            seen = ask();
            nextCheck = System.nanoTime() + RECHECK.toNanos();
            if (seen) {
                close();
            }
        }
        return seen;
    }

    private boolean ask() {
        if (admin == null) {
            admin =
                    Admin.create(
                            BrokerLogin.with(
                                    Map.of(
                                            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                                            bootstrapServers,
                                            AdminClientConfig.CLIENT_ID_CONFIG,
                                            "gateway-readiness")));
        }
        try {
            admin.describeTopics(List.of(Topics.REQUESTS))
                    .allTopicNames()
                    .get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            LOG.debugf("topic %s is not there yet: %s", Topics.REQUESTS, e);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @PreDestroy
    synchronized void close() {
        if (admin != null) {
            admin.close(Duration.ZERO);
            admin = null;
        }
    }
}
