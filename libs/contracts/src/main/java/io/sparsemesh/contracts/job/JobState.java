package io.sparsemesh.contracts.job;

/// States of a job, in the order of a run without trouble; see [#canBecome].
public enum JobState {
    VALIDATING,
    QUEUED,
    PRUNING,
    ASSEMBLING,
    EVALUATING,
    SUCCEEDED,
    DEGRADED,
    FAILED,
    CANCELLING,
    CANCELLED;

    public boolean isTerminal() {
        return switch (this) {
            case SUCCEEDED, DEGRADED, FAILED, CANCELLED -> true;
            case VALIDATING, QUEUED, PRUNING, ASSEMBLING, EVALUATING, CANCELLING -> false;
        };
    }

    /// Whether the design allows `next` right after this state.
    public boolean canBecome(JobState next) {
        return switch (next) {
            case VALIDATING -> false;
            case QUEUED -> this == VALIDATING || this == FAILED || this == CANCELLED;
            case PRUNING -> this == QUEUED;
            case ASSEMBLING -> this == PRUNING || this == QUEUED;
            case EVALUATING -> this == ASSEMBLING || this == PRUNING || this == QUEUED;
            case SUCCEEDED, DEGRADED -> this == ASSEMBLING || this == EVALUATING;
            case FAILED, CANCELLING -> !isTerminal() && this != next;
            case CANCELLED -> this == CANCELLING;
        };
    }
}
