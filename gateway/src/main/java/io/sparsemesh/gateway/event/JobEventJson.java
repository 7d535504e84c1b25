package io.sparsemesh.gateway.event;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;

/// An event as the API shows it.
///
/// @param id position among the events of all jobs
/// @param seq number of the event within its job, from 1
/// @param type `job.changed`, `layers.changed`, `task.changed`, `evaluation.updated` or
///     `job.removed`
/// @param data what happened, by type
public record JobEventJson(
        @JsonIgnore long id, String jobId, long seq, String type, Instant at, JsonNode data) {}
