package io.sparsemesh.gateway.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sparsemesh.contracts.event.JobError;
import io.sparsemesh.contracts.event.JobResult;
import io.sparsemesh.contracts.job.AllocationResult;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.job.RequestDocument;
import io.sparsemesh.contracts.task.TaskOutput;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// A job as `GET /v1/jobs/{id}` answers it.
///
/// @param result present when the job is `SUCCEEDED` or `DEGRADED`
/// @param error present when it is `FAILED`
record JobJson(
        String id,
        JobState state,
        String stateReason,
        Instant createdAt,
        Instant startedAt,
        Instant finishedAt,
        Progress progress,
        RequestDocument request,
        Result result,
        JobError error,
        Links links) {

    /// A job in the list.
    record Summary(
            String id,
            JobState state,
            String stateReason,
            Instant createdAt,
            Instant startedAt,
            Instant finishedAt,
            Progress progress,
            RequestDocument.Model model,
            RequestDocument.Method method,
            Map<String, String> labels,
            Links links) {}

    /// @param percent layers done, 0 to 100
    /// @param etaSeconds time until the last layer is done, at this run's rate; absent when unknown
    record Progress(long layersDone, long layersTotal, double percent, Long etaSeconds) {}

    /// @param sha256 digest over the checkpoint's files
    /// @param dense metrics of the dense variant by suite name
    /// @param pruned metrics of the pruned variant by suite name
    /// @param degraded linears that needed a fallback
    /// @param shared what the candidates of a sweep had in common; absent for other jobs
    /// @param candidates of a sweep; absent for other jobs
    /// @param curve quality over sparsity of a sweep; absent for other jobs
    /// @param allocation what came of it; absent if none was asked for
    record Result(
            String outputUri,
            String format,
            String sha256,
            Double sparsity,
            Map<String, Map<String, Double>> dense,
            Map<String, Map<String, Double>> pruned,
            int layers,
            List<String> degraded,
            @JsonInclude(JsonInclude.Include.NON_NULL) String shared,
            @JsonInclude(JsonInclude.Include.NON_NULL) List<JobResult.Candidate> candidates,
            @JsonInclude(JsonInclude.Include.NON_NULL) List<CurvePoint> curve,
            @JsonInclude(JsonInclude.Include.NON_NULL) AllocationResult allocation) {

        static Result of(JobResult result) {
            return new Result(
                    result.outputUri(),
                    result.format(),
                    result.sha256(),
                    result.sparsity(),
                    result.dense(),
                    result.pruned(),
                    result.layers(),
                    result.degraded(),
                    result.shared(),
                    result.candidates(),
                    result.candidates() == null ? null : CurvePoint.of(result),
                    result.allocation());
        }
    }

    /// Paths of what belongs to the job; those of actions only where the state allows them.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Links(
            String self,
            String layers,
            String events,
            String evaluations,
            String artifacts,
            String webhooks,
            String cancel,
            String retry) {

        static Links of(String id, JobState state) {
            String self = "/v1/jobs/" + id;
            boolean retries = state == JobState.FAILED || state == JobState.CANCELLED;
            return new Links(
                    self,
                    self + "/layers",
                    self + "/events",
                    self + "/evaluations",
                    self + "/artifacts",
                    self + "/webhooks",
                    state.isTerminal() ? null : self + ":cancel",
                    retries ? self + ":retry" : null);
        }
    }

    /// One linear.
    ///
    /// @param refit what the refit did to it; null without one
    record Layer(
            String name,
            int block,
            String state,
            int attempt,
            String worker,
            Double sparsity,
            Double relativeError,
            Double dampingUsed,
            Long tokens,
            Long millis,
            String fallback,
            TaskOutput.Refit refit) {}

    /// One suite on one variant.
    ///
    /// @param state `PENDING`, `RUNNING` or `SUCCEEDED`; `STOPPED` if the job ended before it
    record EvaluationResult(
            String suite,
            String task,
            String variant,
            Map<String, Double> metrics,
            long items,
            String state) {}

    /// A page of a list.
    ///
    /// @param nextPageToken where the next page begins; absent on the last one
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Page<T>(List<T> items, String nextPageToken) {

        /// The first `size` of what was found, with a token if that was more.
        ///
        /// @param token of the page after an entry
        static <R, T> Page<T> of(
                List<R> found, int size, Function<R, String> token, Function<R, T> item) {
            List<R> page = found.subList(0, Math.min(size, found.size()));
            String next = found.size() > size ? token.apply(page.getLast()) : null;
            return new Page<>(page.stream().map(item).toList(), next);
        }
    }
}
