package io.sparsemesh.gateway.stream;

import io.sparsemesh.gateway.event.JobEventJson;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.util.Map;

/// Writes what a stream tells as server-sent events.
record EventFormat(Sse sse) {

    /// @param id where a client that comes back goes on
    OutboundSseEvent event(long id, JobEventJson event) {
        return sse.newEventBuilder()
                .id(Long.toString(id))
                .mediaType(MediaType.APPLICATION_JSON_TYPE)
                .data(event)
                .build();
    }

    /// Nothing more will come: clients must not connect again.
    OutboundSseEvent end(String jobId, String state) {
        return sse.newEventBuilder()
                .name("end")
                .mediaType(MediaType.APPLICATION_JSON_TYPE)
                .data(Map.of("jobId", jobId, "state", state))
                .build();
    }

    OutboundSseEvent heartbeat() {
        return sse.newEventBuilder().comment("heartbeat").build();
    }
}
