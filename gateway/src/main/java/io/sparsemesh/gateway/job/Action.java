package io.sparsemesh.gateway.job;

import io.sparsemesh.contracts.job.JobState;

/// What a user may ask of a job, and what that means in each state.
enum Action {
    CANCEL,
    RETRY,
    DELETE;

    /// What is to be done about an action.
    enum Verdict {
        /// Ask the scheduler.
        SEND,
        /// It is so already, or on its way.
        DONE,
        /// The state forbids it.
        CONFLICT
    }

    /// @param retrying whether a retry was accepted whose run has not ended; the state may still be
    ///     the one before it
    Verdict judge(JobState state, boolean retrying) {
        return switch (this) {
            case CANCEL -> judgeCancel(state, retrying);
            case RETRY -> judgeRetry(state, retrying);
            case DELETE -> state.isTerminal() && !retrying ? Verdict.SEND : Verdict.CONFLICT;
        };
    }

    private static Verdict judgeCancel(JobState state, boolean retrying) {
        return switch (state) {
            case VALIDATING, QUEUED, PRUNING, ASSEMBLING, EVALUATING -> Verdict.SEND;
            case CANCELLING -> Verdict.DONE;
            case CANCELLED -> retrying ? Verdict.SEND : Verdict.DONE;
            case FAILED -> retrying ? Verdict.SEND : Verdict.CONFLICT;
            case SUCCEEDED, DEGRADED -> Verdict.CONFLICT;
        };
    }

    private static Verdict judgeRetry(JobState state, boolean retrying) {
        return switch (state) {
            case FAILED, CANCELLED -> retrying ? Verdict.DONE : Verdict.SEND;
            case VALIDATING, QUEUED, PRUNING, ASSEMBLING, EVALUATING ->
                    retrying ? Verdict.DONE : Verdict.CONFLICT;
            case CANCELLING, SUCCEEDED, DEGRADED -> Verdict.CONFLICT;
        };
    }

    /// Why the state forbids it, and when it would not.
    String conflict(JobState state) {
        return switch (this) {
            case CANCEL -> "a job that is %s has ended and cannot be cancelled".formatted(state);
            case RETRY -> "only a FAILED or CANCELLED job can be retried, this one is " + state;
            case DELETE ->
                    "only a job that has ended can be deleted, this one is %s; cancel it first"
                            .formatted(state);
        };
    }
}
