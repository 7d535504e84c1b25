package io.sparsemesh.gateway.worker;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// What the largest task may hold that somebody can do now.
@ApplicationScoped
public class LargestWorkers {

    private static final Set<String> LIVE = Set.of("IDLE", "BUSY");

    private final WorkerViews views;

    LargestWorkers(WorkerViews views) {
        this.views = views;
    }

    /// Memory in bytes of the largest live worker of each role that has one.
    public Map<String, Long> memory() {
        return views.all().stream()
                .filter(worker -> LIVE.contains(worker.state()))
                .collect(Collectors.toMap(WorkerJson::role, WorkerJson::memoryBytes, Math::max));
    }
}
