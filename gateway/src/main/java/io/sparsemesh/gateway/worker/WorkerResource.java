package io.sparsemesh.gateway.worker;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.sparsemesh.gateway.access.CurrentCaller;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/// Shows who does the work.
@Path("/v1/workers")
@RunOnVirtualThread
class WorkerResource {

    private final WorkerViews views;
    private final CurrentCaller caller;

    WorkerResource(WorkerViews views, CurrentCaller caller) {
        this.views = views;
        this.caller = caller;
    }

    @GET
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(
            operationId = "listWorkers",
            summary = "The workers heard of in the last ten minutes")
    @APIResponse(responseCode = "200", description = "Layer workers and evaluators")
    public List<WorkerJson> list() {
        return views.list(caller.tenant());
    }
}
