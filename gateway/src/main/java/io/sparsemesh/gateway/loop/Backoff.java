package io.sparsemesh.gateway.loop;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// Pauses between attempts, each twice the one before it.
///
/// @param first pause, before the second attempt
/// @param longest pause
public record Backoff(Duration first, Duration longest) {

    /// Half of it random, so that those who failed together do not come together again.
    ///
    /// @param attempt that failed, from 1
    public Duration pause(int attempt, RandomGenerator random) {
        Duration step = first;
        for (int i = 1; i < attempt && step.compareTo(longest) < 0; i++) {
            step = step.multipliedBy(2);
        }
        long millis = (step.compareTo(longest) < 0 ? step : longest).toMillis();
        return Duration.ofMillis(millis / 2 + random.nextLong(millis - millis / 2 + 1));
    }
}
