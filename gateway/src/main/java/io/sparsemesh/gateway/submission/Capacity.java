package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.plan.JobPlan;
import io.sparsemesh.contracts.task.TaskKind;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Errors;
import java.util.Locale;
import java.util.Map;

/// Whether there is room for what a job needs, before it begins.
///
/// @param outputBytes free on the output's disk
/// @param memory of the largest live worker of each role; a role that has none refuses nothing
record Capacity(long outputBytes, Map<String, Long> memory) {

    Capacity {
        memory = Map.copyOf(memory);
    }

    /// Notes what does not fit, with both numbers.
    void check(JobPlan plan, Errors errors) {
        if (plan.outputBytes() > outputBytes) {
            errors.add(
                    "/output/uri",
                    Code.INSUFFICIENT_STORAGE,
                    "expected %d bytes free on the disk of the output, found %d"
                            .formatted(plan.outputBytes(), outputBytes));
        }
        plan.peakMemory().forEach((kind, bytes) -> checkMemory(kind, bytes, errors));
    }

    private void checkMemory(TaskKind kind, long bytes, Errors errors) {
        long largest = memory.getOrDefault(kind.role(), Long.MAX_VALUE);
        if (bytes > largest) {
            errors.add(
                    "/model/uri",
                    Code.INSUFFICIENT_MEMORY,
                    "expected a live %s with %d bytes of memory for %s tasks, found at most %d"
                            .formatted(
                                    kind.role(),
                                    bytes,
                                    kind.name().toLowerCase(Locale.ROOT),
                                    largest));
        }
    }
}
