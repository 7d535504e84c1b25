package io.sparsemesh.gateway.model;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.FieldError;
import io.sparsemesh.gateway.problem.ProblemException;
import io.sparsemesh.gateway.source.Roots;
import io.sparsemesh.gateway.source.SourceException;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;

/// Tells what a model folder holds.
@Path("/v1/models")
@RunOnVirtualThread
class ModelResource {

    private final Roots roots;
    private final ModelInspector inspector;

    ModelResource(Roots roots, ModelInspector inspector) {
        this.roots = roots;
        this.inspector = inspector;
    }

    @GET
    @Path("/inspect")
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(summary = "Config, family, blocks and linears of a model; prunable or why not")
    public ModelJson inspect(@QueryParam("uri") String uri) {
        if (uri == null || uri.isEmpty()) {
            throw ProblemException.parameter("uri", "expected the URI of a model folder");
        }
        try {
            return inspect(roots.existing(uri, Code.MODEL_NOT_FOUND));
        } catch (SourceException e) {
            throw ProblemException.invalid(
                    List.of(FieldError.ofParameter("uri", e.code(), e.getMessage())));
        }
    }

    private ModelJson inspect(java.nio.file.Path folder) {
        try {
            return ModelJson.of(inspector.inspect(folder));
        } catch (ModelException e) {
            return ModelJson.refused(folder, e);
        }
    }
}
