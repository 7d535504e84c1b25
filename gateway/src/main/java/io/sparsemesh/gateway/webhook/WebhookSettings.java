package io.sparsemesh.gateway.webhook;

import io.smallrye.config.ConfigMapping;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/// How webhooks are sent; see `application.properties`.
@ConfigMapping(prefix = "sparsemesh.gateway.webhooks")
interface WebhookSettings {

    /// As [Secrets] reads it.
    Optional<String> secret();

    /// Hosts, or hosts with a port, that webhooks may go to wherever they are, without TLS too.
    Optional<Set<String>> hosts();

    /// Pause before the second attempt; doubles with each one.
    Duration retryFirst();

    /// Longest pause.
    Duration retryLongest();

    /// After this a delivery is given up.
    Duration retryFor();

    Duration connectTimeout();

    /// From the connection to the answer's status.
    Duration answerTimeout();
}
