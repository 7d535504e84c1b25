package io.sparsemesh.gateway.stream;

import io.sparsemesh.gateway.access.Tenant;
import io.sparsemesh.gateway.problem.ProblemException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Counts the streams that each tenant has open at this gateway, each of which holds a connection.
final class OpenStreams {

    private static final Duration PAUSE = Duration.ofSeconds(30);

    private final int most;
    private final Map<Tenant, Integer> open = new ConcurrentHashMap<>();

    /// @param most of one tenant
    OpenStreams(int most) {
        this.most = most;
    }

    /// For an answer while there can be one. Those that come at the same time may all pass; they
    /// are judged once more when they are opened.
    ///
    /// @throws ProblemException 429 if the tenant has as many as it may
    void requireRoom(Tenant tenant) {
        if (open.getOrDefault(tenant, 0) >= most) {
            throw ProblemException.tooMany(
                    "expected at most %d event streams at a time, found more".formatted(most),
                    PAUSE);
        }
    }

    /// Counts one more, unless the tenant has as many as it may.
    ///
    /// @return whether it is counted, and has to be closed
    boolean opened(Tenant tenant) {
        boolean[] counted = {false};
        open.compute(
                tenant,
                (_, count) -> {
                    int now = count == null ? 0 : count;
                    counted[0] = now < most;
                    return counted[0] ? Integer.valueOf(now + 1) : count;
                });
        return counted[0];
    }

    void closed(Tenant tenant) {
        open.computeIfPresent(tenant, (_, count) -> count == 1 ? null : count - 1);
    }

    int all() {
        return open.values().stream().mapToInt(Integer::intValue).sum();
    }
}
