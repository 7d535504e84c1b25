package io.sparsemesh.gateway.stream;

import io.smallrye.common.annotation.Blocking;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.smallrye.mutiny.Multi;
import io.sparsemesh.gateway.access.CurrentCaller;
import io.sparsemesh.gateway.event.EventLog;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/// What happens to all jobs, for dashboards.
@Path("/v1/events")
@RunOnVirtualThread
class AllEventsResource {

    private final EventLog log;
    private final EventStreams streams;
    private final CurrentCaller caller;

    AllEventsResource(EventLog log, EventStreams streams, CurrentCaller caller) {
        this.log = log;
        this.streams = streams;
        this.caller = caller;
    }

    @GET
    @Blocking
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @Operation(
            operationId = "streamEvents",
            summary = "Stream of the events of all jobs from now on, or from Last-Event-ID")
    @APIResponse(
            responseCode = "200",
            description = "The stream, until the client leaves",
            content =
                    @Content(
                            mediaType = MediaType.SERVER_SENT_EVENTS,
                            schema = @Schema(ref = "EventStream")))
    @APIResponse(responseCode = "400", description = "A position that is no number")
    public Multi<OutboundSseEvent> stream(
            @Parameter(
                            description = "Position to go on from",
                            schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("after")
                    String after,
            @Parameter(description = "The same, as browsers send it; goes before after")
                    @HeaderParam(Position.LAST_EVENT_ID)
                    String lastEventId,
            @Context Sse sse) {
        boolean resumed = after != null || lastEventId != null;
        long from = resumed ? Position.after(after, lastEventId) : log.lastId();
        return streams.ofAll(caller.tenant(), from, new EventFormat(sse));
    }
}
