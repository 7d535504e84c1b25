package io.sparsemesh.scheduler.job;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.sparsemesh.scheduler.core.Note;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.EnumMap;
import java.util.Map;

/// Counts what decisions were about: stale messages, expired leases, attempts by outcome.
@ApplicationScoped
class Notes {

    private final Map<Note, Counter> counters = new EnumMap<>(Note.class);

    Notes(MeterRegistry registry) {
        for (Note note : Note.values()) {
            counters.put(note, counter(note, registry));
        }
    }

    private static Counter counter(Note note, MeterRegistry registry) {
        return switch (note) {
            case STALE -> registry.counter("sparsemesh.results.stale");
            case ILLEGAL -> registry.counter("sparsemesh.requests.ignored");
            case ATTEMPT_SUCCEEDED -> attempts("succeeded", registry);
            case ATTEMPT_FAILED -> attempts("failed", registry);
            case LEASE_EXPIRED -> registry.counter("sparsemesh.leases.expired");
            case RAN_TOO_LONG -> attempts("too-long", registry);
            case NOT_PICKED_UP -> attempts("not-picked-up", registry);
            case ARTIFACT_DAMAGED -> registry.counter("sparsemesh.artifacts.damaged");
        };
    }

    private static Counter attempts(String outcome, MeterRegistry registry) {
        return registry.counter("sparsemesh.attempts", "outcome", outcome);
    }

    void count(Note note) {
        counters.get(note).increment();
    }
}
