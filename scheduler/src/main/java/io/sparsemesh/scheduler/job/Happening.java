package io.sparsemesh.scheduler.job;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.scheduler.core.Event;

/// An event that is to have its effect on a job.
///
/// @param eventId id of the message that brought it, whose effect counts once however often it
///     comes; empty if there is none, or if it does no harm twice
/// @param traceparent of the step that it was sent in, empty if nobody traces
public record Happening(String eventId, JobId job, Event event, String traceparent) {

    /// An event without a message.
    public static Happening of(JobId job, Event event) {
        return new Happening("", job, event, "");
    }
}
