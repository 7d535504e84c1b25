package io.sparsemesh.gateway.webhook;

import java.time.Duration;
import java.util.Optional;

/// What came of one attempt to deliver.
sealed interface Outcome {

    /// @param retryAfter how long the receiver asked to be left alone
    record Answered(int status, Optional<Duration> retryAfter) implements Outcome {}

    /// There was no answer.
    record Failed(String error) implements Outcome {}
}
