package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.job.JobRequest;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Digests of the checkpoints that undisturbed runs make, each computed once.
final class Undisturbed {

    private static final Map<JobRequest, String> DIGESTS = new ConcurrentHashMap<>();

    private Undisturbed() {}

    static String of(JobRequest request) {
        String known = DIGESTS.get(request);
        if (known == null) {
            known = Simulation.undisturbed(request);
            DIGESTS.put(request, known);
        }
        return known;
    }
}
