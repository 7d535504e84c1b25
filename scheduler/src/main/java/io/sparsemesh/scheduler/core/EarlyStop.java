package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.event.JobError;
import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.JobState;
import java.util.Optional;

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
        Optional<Quality> broken = Quality.broken(next.job().request(), next.outputs());
        broken.ifPresent(this::stop);
    }

    private void stop(Quality broken) {
        if (next.job().request().onFallback() == FallbackPolicy.FAIL) {
            attempts.failJob(new JobError("QUALITY", broken.reason(), ""));
        } else {
            attempts.skipMeasurements(broken.reason());
        }
    }
}
