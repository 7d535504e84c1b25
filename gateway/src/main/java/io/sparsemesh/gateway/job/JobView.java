package io.sparsemesh.gateway.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.event.JobError;
import io.sparsemesh.contracts.event.JobResult;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.job.RequestDocument;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.gateway.webhook.Deliveries;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A job at one moment, read from the database.
///
/// @param lastSeq number of the last event that is in it
/// @param version grows with every change
/// @param progress layers done at that moment
public record JobView(
        JobId id,
        JobState state,
        String stateReason,
        Instant createdAt,
        Instant startedAt,
        Instant finishedAt,
        JobRequest request,
        List<RequestDocument.Webhook> webhooks,
        Optional<JobResult> result,
        Optional<JobError> error,
        long lastSeq,
        long version,
        Counts progress) {

    /// @param done linears pruned
    /// @param doneInRun of these, how many in the current run
    /// @param runTime since the current run began to prune
    record Counts(long done, long doneInRun, long total, Duration runTime) {

        JobJson.Progress json(JobState state) {
            double percent = total == 0 ? 0 : Math.round(1000.0 * done / total) / 10.0;
            return new JobJson.Progress(done, total, percent, eta(state));
        }

        private Long eta(JobState state) {
            if (done == total && total > 0) {
                return 0L;
            }
            if (state != JobState.PRUNING || doneInRun == 0) {
                return null;
            }
            return Math.round((double) (total - done) * runTime.toMillis() / doneInRun / 1000);
        }
    }

    static JobView of(JobRow row, Counts counts) {
        return new JobView(
                new JobId(row.id),
                row.state,
                row.stateReason,
                row.createdAt,
                row.startedAt,
                row.finishedAt,
                parse(row.request, JobRequest.class),
                Optional.ofNullable(row.webhooks).map(Deliveries::parse).orElse(List.of()),
                Optional.ofNullable(row.result).map(r -> parse(r, JobResult.class)),
                Optional.ofNullable(row.error).map(e -> parse(e, JobError.class)),
                row.lastSeq,
                row.version,
                counts);
    }

    static <T> T parse(String json, Class<T> type) {
        try {
            return MessageCodec.mapper().readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("stored " + type.getSimpleName() + " is unreadable", e);
        }
    }

    /// The folder that the job writes, as its result names it.
    public String outputUri() {
        return result.map(JobResult::outputUri).orElse(request.output().uri());
    }

    JobJson json() {
        return new JobJson(
                id.value(),
                state,
                stateReason,
                createdAt,
                startedAt,
                finishedAt,
                progress.json(state),
                RequestDocument.of(request).with(webhooks),
                result.map(JobJson.Result::of).orElse(null),
                error.orElse(null),
                JobJson.Links.of(id.value(), state));
    }

    /// A job in the list: its result, which may name many files, is not read.
    static JobJson.Summary summary(JobRow row, Counts counts) {
        JobRequest request = parse(row.request, JobRequest.class);
        RequestDocument full = RequestDocument.of(request);
        return new JobJson.Summary(
                row.id,
                row.state,
                row.stateReason,
                row.createdAt,
                row.startedAt,
                row.finishedAt,
                counts.json(row.state),
                full.model(),
                full.method(),
                request.labels(),
                JobJson.Links.of(row.id, row.state));
    }
}
