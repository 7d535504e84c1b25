package io.sparsemesh.contracts.message;

import java.time.Instant;

/// A message with its CloudEvents attributes (binary content mode: `ce_*` headers).
///
/// @param id unique; an inbox knows a repeated message by it
/// @param source who sent it, such as `/scheduler`
/// @param time when the sender made it, by the sender's clock: for people, never for decisions
/// @param message the data
/// @param traceparent W3C Trace Context of the step that it was sent in, empty if nobody traces
public record Envelope(
        String id, String source, Instant time, Message message, String traceparent) {

    /// A message that nobody traces.
    public Envelope(String id, String source, Instant time, Message message) {
        this(id, source, time, message, "");
    }
}
