package io.sparsemesh.gateway.model;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.sparsemesh.gateway.access.CurrentCaller;
import io.sparsemesh.gateway.problem.FieldError;
import io.sparsemesh.gateway.problem.ProblemException;
import io.sparsemesh.gateway.source.SourceException;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/// Tells what a model folder holds.
@Path("/v1/models")
@RunOnVirtualThread
class ModelResource {

    private final ModelPlaces places;
    private final ModelInspector inspector;
    private final CurrentCaller caller;

    ModelResource(ModelPlaces places, ModelInspector inspector, CurrentCaller caller) {
        this.places = places;
        this.inspector = inspector;
        this.caller = caller;
    }

    @GET
    @Path("/inspect")
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(
            operationId = "inspectModel",
            summary = "Config, family, blocks and linears of a model; prunable or why not")
    @APIResponse(responseCode = "200", description = "What the folder holds")
    @APIResponse(responseCode = "400", description = "No uri")
    @APIResponse(responseCode = "422", description = "A folder that cannot be reached")
    public ModelJson inspect(
            @Parameter(description = "As model.uri of a job", required = true) @QueryParam("uri")
                    String uri) {
        if (uri == null || uri.isEmpty()) {
            throw ProblemException.parameter("uri", "expected the URI of a model folder");
        }
        try {
            return inspect(places.find(caller.tenant(), uri, Optional.empty()));
        } catch (SourceException e) {
            throw ProblemException.invalid(
                    List.of(FieldError.ofParameter("uri", e.code(), e.getMessage())));
        }
    }

    private ModelJson inspect(ModelPlace place) {
        try {
            return ModelJson.of(inspector.inspect(place));
        } catch (ModelException e) {
            return ModelJson.refused(place.uri(), e);
        }
    }
}
