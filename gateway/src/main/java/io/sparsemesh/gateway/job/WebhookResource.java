package io.sparsemesh.gateway.job;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.sparsemesh.gateway.access.CurrentCaller;
import io.sparsemesh.gateway.webhook.DeliveryJson;
import io.sparsemesh.gateway.webhook.DeliveryViews;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/// What became of a job's webhooks.
@Path("/v1/jobs/{id}/webhooks")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class WebhookResource {

    private static final int DELIVERIES_PER_PAGE = 200;

    private final JobViews jobs;
    private final DeliveryViews deliveries;
    private final CurrentCaller caller;

    WebhookResource(JobViews jobs, DeliveryViews deliveries, CurrentCaller caller) {
        this.jobs = jobs;
        this.deliveries = deliveries;
        this.caller = caller;
    }

    @GET
    @Operation(
            operationId = "listDeliveries",
            summary = "What was and will be sent to the job's webhooks, by event")
    @APIResponse(responseCode = "200", description = "A page")
    @APIResponse(responseCode = "400", description = "A parameter that is wrong")
    @APIResponse(responseCode = "404", description = "No such job")
    public JobJson.Page<DeliveryJson> list(
            @PathParam("id") String path,
            @Parameter(
                            description = "1 to 1000, 200 by default",
                            schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("pageSize")
                    String pageSize,
            @Parameter(description = "nextPageToken of the page before") @QueryParam("pageToken")
                    String pageToken) {
        JobRef job = JobRef.parse(caller.tenant(), path);
        int after = pageToken == null ? -1 : PageToken.position(pageToken);
        int size = PageToken.size(pageSize, DELIVERIES_PER_PAGE);
        jobs.get(job);
        return JobJson.Page.of(
                deliveries.after(job.id(), after, size + 1),
                size,
                placed -> PageToken.encode(Integer.toString(placed.position())),
                DeliveryViews.Placed::delivery);
    }
}
