package io.sparsemesh.gateway.stream;

import io.smallrye.common.annotation.Blocking;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.smallrye.mutiny.Multi;
import io.sparsemesh.gateway.access.CurrentCaller;
import io.sparsemesh.gateway.event.EventLog;
import io.sparsemesh.gateway.event.JobEventJson;
import io.sparsemesh.gateway.job.JobRef;
import io.sparsemesh.gateway.job.JobViews;
import io.sparsemesh.gateway.problem.ProblemException;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/// What happens to a job, as pages and as a stream. The path is the class's own: of several classes
/// that fit a path only the one with the longest is looked at.
@Path("/v1/jobs/{id}/events")
@RunOnVirtualThread
class JobEventResource {

    private static final int DEFAULT_PAGE = 200;
    private static final int MAX_PAGE = 1000;

    private final EventLog log;
    private final JobViews views;
    private final EventStreams streams;
    private final CurrentCaller caller;

    JobEventResource(EventLog log, JobViews views, EventStreams streams, CurrentCaller caller) {
        this.log = log;
        this.views = views;
        this.streams = streams;
        this.caller = caller;
    }

    /// A page of a job's events.
    ///
    /// @param lastSeq where the next page begins, to be given as `after`
    record EventPage(List<JobEventJson> items, long lastSeq, boolean more) {}

    @GET
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(
            operationId = "listEvents",
            summary = "Events of a job after a number; as text/event-stream, all that come")
    @APIResponse(
            responseCode = "200",
            description = "A page, or the stream if Accept asks for it",
            content = {
                @Content(
                        mediaType = MediaType.APPLICATION_JSON,
                        schema = @Schema(implementation = EventPage.class)),
                @Content(
                        mediaType = MediaType.SERVER_SENT_EVENTS,
                        schema = @Schema(ref = "EventStream"))
            })
    @APIResponse(responseCode = "400", description = "A parameter that is wrong")
    @APIResponse(responseCode = "404", description = "No such job")
    @Parameter(
            name = Position.LAST_EVENT_ID,
            in = ParameterIn.HEADER,
            description = "Where a stream goes on; goes before after",
            schema = @Schema(type = SchemaType.STRING))
    public EventPage page(
            @PathParam("id") String path,
            @Parameter(
                            description = "Number of the last event that is known",
                            schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("after")
                    String after,
            @Parameter(
                            description = "1 to 1000, 200 by default",
                            schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("pageSize")
                    String pageSize) {
        JobRef job = JobRef.parse(caller.tenant(), path);
        long from = Position.parse("after", after);
        long size = pageSize == null ? DEFAULT_PAGE : Position.parse("pageSize", pageSize);
        if (size < 1 || size > MAX_PAGE) {
            throw ProblemException.parameter(
                    "pageSize", "expected a number from 1 to %d".formatted(MAX_PAGE));
        }
        views.get(job);
        List<JobEventJson> found = log.after(job.tenant(), job.id(), from, (int) size + 1);
        List<JobEventJson> items = found.subList(0, (int) Math.min(size, found.size()));
        long last = items.isEmpty() ? from : items.getLast().seq();
        return new EventPage(items, last, found.size() > size);
    }

    @GET
    @Blocking
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @Operation(hidden = true)
    public Multi<OutboundSseEvent> stream(
            @PathParam("id") String path,
            @QueryParam("after") String after,
            @HeaderParam(Position.LAST_EVENT_ID) String lastEventId,
            @Context Sse sse) {
        JobRef job = JobRef.parse(caller.tenant(), path);
        long from = Position.after(after, lastEventId);
        views.get(job);
        return streams.ofJob(job, from, new EventFormat(sse));
    }
}
