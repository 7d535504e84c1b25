package io.sparsemesh.gateway.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.RequestDocument;
import io.sparsemesh.contracts.plan.JobPlan;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.contracts.plan.Sharing;
import io.sparsemesh.contracts.task.TaskKind;
import io.sparsemesh.gateway.submission.Accepted;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a job would do: the answer to `?validateOnly=true`.
///
/// @param blocks blocks with something to prune
/// @param matched linears to prune
/// @param skipped linears that stay dense, and why
/// @param outputs folders that a sweep makes, by candidate; absent for other jobs
/// @param shared what the candidates of a sweep or of an allocation have in common; absent for
///     other jobs
/// @param tasks number of tasks by kind
/// @param peakMemoryBytes estimate by kind of task
/// @param peakStoreBytes estimate of the most that artifacts take in the store at a time
record PlanJson(
        List<Integer> blocks,
        List<JobPlan.SelectedLinear> matched,
        List<JobPlan.SkippedLinear> skipped,
        Tasks tasks,
        int shards,
        long bytesRead,
        long bytesWritten,
        Map<TaskKind, Long> peakMemoryBytes,
        long peakStoreBytes,
        @JsonInclude(JsonInclude.Include.NON_NULL) Map<String, String> outputs,
        @JsonInclude(JsonInclude.Include.NON_NULL) String shared,
        RequestDocument request) {

    record Tasks(int total, Map<TaskKind, Long> byKind) {}

    static PlanJson of(Accepted accepted) {
        JobPlan plan = accepted.plan();
        Method method = accepted.request().method();
        return new PlanJson(
                plan.linears().stream().map(JobPlan.SelectedLinear::block).distinct().toList(),
                plan.linears(),
                plan.skipped(),
                new Tasks(plan.tasks().size(), byKind(plan.tasks())),
                plan.shards(),
                plan.bytesRead(),
                plan.bytesWritten(),
                plan.peakMemory(),
                plan.storeBytes(),
                method.isSweep() ? outputs(accepted.request()) : null,
                method.candidates().size() > 1 ? Sharing.of(method).text() : null,
                accepted.document());
    }

    private static Map<String, String> outputs(JobRequest request) {
        Map<String, String> outputs = new LinkedHashMap<>();
        for (Candidate candidate : request.method().candidates()) {
            outputs.put(candidate.name(), request.of(candidate).output().uri());
        }
        return outputs;
    }

    private static Map<TaskKind, Long> byKind(List<PlannedTask> tasks) {
        Map<TaskKind, Long> counts = new TreeMap<>();
        tasks.forEach(task -> counts.merge(task.kind(), 1L, Long::sum));
        return counts;
    }
}
