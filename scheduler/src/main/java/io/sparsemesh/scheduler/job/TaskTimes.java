package io.sparsemesh.scheduler.job;

import io.sparsemesh.scheduler.core.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/// How long the tasks of each pool have taken of late, as far as this process has heard.
@ApplicationScoped
public class TaskTimes {

    /// What each further task counts for.
    private static final double WEIGHT = 0.125;

    private final Map<Pool, Double> millis = new EnumMap<>(Pool.class);

    /// A moving mean; nothing before the first task.
    public synchronized Optional<Duration> of(Pool pool) {
        return Optional.ofNullable(millis.get(pool))
                .map(mean -> Duration.ofMillis(Math.round(mean)));
    }

    synchronized void record(Pool pool, long taken) {
        millis.merge(pool, (double) taken, (mean, last) -> mean + WEIGHT * (last - mean));
    }
}
