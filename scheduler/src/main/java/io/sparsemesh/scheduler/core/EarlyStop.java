package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.event.JobError;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.JobState;

/// Stops measuring a model whose quality broke: by the job's policy it fails, or goes on to its
/// report without what is not measured yet.
final class EarlyStop {

    private final Attempts attempts;
    private final Transition next;

    EarlyStop(Attempts attempts, Transition next) {
        this.attempts = attempts;
        this.next = next;
    }

    void check() {
        if (next.state().isTerminal() || next.state() == JobState.CANCELLING) {
            return;
        }
        JobRequest request = next.job().request();
        for (Candidate candidate : request.method().checkpoints()) {
            if (!next.state().isTerminal()) {
                Quality.broken(request, candidate, next.outputs()).ifPresent(this::stop);
            }
        }
    }

    private void stop(Quality broken) {
        if (next.job().request().onFallback() == FallbackPolicy.FAIL) {
            attempts.failJob(new JobError("QUALITY", broken.reason(), ""));
        } else {
            attempts.skipMeasurements(broken.candidate(), broken.reason());
        }
    }
}
