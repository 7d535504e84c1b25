package io.sparsemesh.deploy.mesh;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.sparsemesh.deploy.bench.Quantiles;
import io.sparsemesh.deploy.client.Gateway;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/// Submissions at a rate that does not wait for answers, and whether the scheduler has every job
/// afterwards. A submission's time counts from when it was due.
final class SubmitLoad {

    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final long SECOND = 1_000_000_000;

    private final LoadMesh load;
    private final int rate;
    private final Duration length;

    /// @param achievedRate answers a second, until the last one
    /// @param known jobs that the scheduler has planned
    /// @param plannedAfterSeconds from the last answer until it had planned all
    record Report(
            int rate,
            int submissions,
            int accepted,
            List<String> errors,
            @JsonProperty("achieved_rate") double achievedRate,
            @JsonProperty("submit_ms") Quantiles millis,
            long known,
            @JsonProperty("planned_after_s") double plannedAfterSeconds,
            boolean correct) {}

    /// @param rate submissions a second
    SubmitLoad(LoadMesh load, int rate, Duration length) {
        this.load = load;
        this.rate = rate;
        this.length = length;
    }

    Report run() throws Exception {
        Gateway users = load.as("submitting");
        load.submit(users, "first-of-all");
        int count = (int) (rate * length.toSeconds());
        Latencies latencies = new Latencies();
        Set<String> ids = ConcurrentHashMap.newKeySet();
        Instant begin = Instant.now();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            long first = System.nanoTime();
            for (int i = 0; i < count; i++) {
                long due = first + i * SECOND / rate;
                LockSupport.parkNanos(due - System.nanoTime());
                String name = "submitted-" + i;
                clients.submit(
                        () ->
                                latencies
                                        .timeSince(due, "submit", () -> load.submit(users, name))
                                        .ifPresent(ids::add));
            }
        }
        double seconds = Duration.between(begin, Instant.now()).toMillis() / 1000.0;
        Duration planning =
                load.database.await(
                        ids.size() + 1,
                        LIMIT,
                        "select count(*) from scheduler.job where state = 'QUEUED'");
        long known =
                load.database.list("select id from scheduler.job", row -> row.getString(1)).stream()
                        .filter(ids::contains)
                        .count();
        return new Report(
                rate,
                count,
                ids.size(),
                latencies.errors().stream().distinct().limit(5).toList(),
                Math.round(10 * ids.size() / seconds) / 10.0,
                latencies.quantiles().getOrDefault("submit", Quantiles.of(List.of())),
                known,
                planning.toMillis() / 1000.0,
                ids.size() == count && known == count && latencies.errors().isEmpty());
    }
}
