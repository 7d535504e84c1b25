package io.sparsemesh.contracts.event;

import io.sparsemesh.contracts.message.Message;
import java.time.Instant;

/// Something that happened to a job. The scheduler numbers a job's events from 1 without gap and
/// publishes them in order.
public sealed interface JobEvent extends Message.OfJob
        permits JobChanged, JobRemoved, LayersChanged, TaskChanged, EvaluationUpdated {

    /// Number of this event within its job.
    long seq();

    /// When, by the database's clock.
    Instant at();
}
