package io.sparsemesh.gateway.webhook;

import io.sparsemesh.gateway.loop.Backoff;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// When a delivery is tried again, and when it is given up.
///
/// @param first pause, before the second attempt; doubles with each one
/// @param longest pause, also where the receiver asks for a longer one
/// @param total time after which nothing is tried again
record RetryPolicy(Duration first, Duration longest, Duration total) {

    private static final int GONE = 410;

    RetryPolicy {
        if (!first.isPositive() || longest.compareTo(first) < 0 || total.isNegative()) {
            throw new IllegalArgumentException(
                    "SPARSEMESH_WEBHOOK_RETRY_*: expected 0 < FIRST <= LONGEST and 0 <= FOR, found %s, %s, %s"
                            .formatted(first, longest, total));
        }
    }

    /// What becomes of a delivery.
    ///
    /// @param pause before the next attempt; of no meaning unless it is pending
    /// @param status of the answer, 0 without one
    /// @param error empty if there is none
    record Verdict(DeliveryState state, Duration pause, int status, String error) {}

    /// @param attempt number of the attempt, from 1
    /// @param age of the delivery
    Verdict judge(Outcome outcome, int attempt, Duration age, RandomGenerator random) {
        return switch (outcome) {
            case Outcome.Answered(int status, _) when status / 100 == 2 ->
                    new Verdict(DeliveryState.DELIVERED, Duration.ZERO, status, "");
            case Outcome.Answered(int status, _) when status == GONE ->
                    new Verdict(DeliveryState.GONE, Duration.ZERO, status, unexpected(status));
            case Outcome.Answered(int status, Optional<Duration> after) ->
                    again(pause(attempt, after, random), age, status, unexpected(status));
            case Outcome.Failed(String error) ->
                    again(pause(attempt, Optional.empty(), random), age, 0, error);
        };
    }

    private static String unexpected(int status) {
        return "expected a status from 200 to 299, found " + status;
    }

    private Verdict again(Duration pause, Duration age, int status, String error) {
        boolean inTime = age.plus(pause).compareTo(total) <= 0;
        return new Verdict(
                inTime ? DeliveryState.PENDING : DeliveryState.FAILED, pause, status, error);
    }

    private Duration pause(int attempt, Optional<Duration> asked, RandomGenerator random) {
        Duration own = new Backoff(first, longest).pause(attempt, random);
        return asked.map(a -> min(a, longest)).filter(a -> a.compareTo(own) > 0).orElse(own);
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
