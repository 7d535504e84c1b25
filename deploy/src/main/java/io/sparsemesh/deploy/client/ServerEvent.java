package io.sparsemesh.deploy.client;

/// One event of a `text/event-stream`.
///
/// @param id number within its job, empty if it had none
/// @param type `message` unless named
/// @param data the data lines, joined by line feeds
public record ServerEvent(String id, String type, String data) {

    /// Whether the stream says that nothing will follow.
    boolean isEnd() {
        return type.equals("end");
    }
}
