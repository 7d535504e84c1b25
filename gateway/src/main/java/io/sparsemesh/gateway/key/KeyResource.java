package io.sparsemesh.gateway.key;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.sparsemesh.gateway.access.ApiKeyJson;
import io.sparsemesh.gateway.access.ApiKeys;
import io.sparsemesh.gateway.access.CurrentCaller;
import io.sparsemesh.gateway.access.Needs;
import io.sparsemesh.gateway.access.NewKey;
import io.sparsemesh.gateway.access.Scope;
import io.sparsemesh.gateway.access.Tenant;
import io.sparsemesh.gateway.job.SubmissionBody;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.FieldError;
import io.sparsemesh.gateway.problem.ProblemException;
import io.sparsemesh.gateway.submission.KeyReader;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/// Makes, shows and revokes API keys: an administrator those of its tenant, the root key all.
@Path("/v1/keys")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Needs(Scope.ADMIN)
class KeyResource {

    private final ApiKeys keys;
    private final CurrentCaller caller;

    KeyResource(ApiKeys keys, CurrentCaller caller) {
        this.keys = keys;
        this.caller = caller;
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(operationId = "createKey", summary = "Make an API key")
    @RequestBody(content = @Content(schema = @Schema(ref = "KeySubmission")))
    @APIResponse(
            responseCode = "201",
            description = "The key, which is not told again",
            content = @Content(schema = @Schema(implementation = ApiKeyJson.class)))
    @APIResponse(responseCode = "400", description = "No JSON")
    @APIResponse(responseCode = "413", description = "More than 1 MiB")
    @APIResponse(responseCode = "415", description = "A body that is not application/json")
    @APIResponse(responseCode = "422", description = "Every fault of the request")
    public Response create(InputStream in) {
        NewKey wanted = KeyReader.read(SubmissionBody.parse(SubmissionBody.read(in)));
        ApiKeyJson made = keys.create(wanted, owner(wanted));
        return Response.created(URI.create("/v1/keys/" + made.id()))
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .entity(made)
                .build();
    }

    /// Members make keys of their own tenant, the root key says whose it makes.
    private Tenant owner(NewKey wanted) {
        Optional<Tenant> own = caller.ownTenant();
        Optional<Tenant> asked = wanted.tenant();
        if (own.isEmpty() && asked.isEmpty()) {
            throw refused(Code.MISSING_FIELD, "required with the root key: whose key it is");
        }
        if (own.isPresent() && asked.isPresent() && !own.equals(asked)) {
            throw refused(Code.INVALID_VALUE, "expected your own, or none, found another tenant's");
        }
        return own.or(wanted::tenant).orElseThrow();
    }

    private static ProblemException refused(String code, String detail) {
        return ProblemException.invalid(List.of(FieldError.at("/tenant", code, detail)));
    }

    @GET
    @Operation(operationId = "listKeys", summary = "The API keys, without their secrets")
    @APIResponse(responseCode = "200", description = "The tenant's; with the root key all")
    public List<ApiKeyJson> list() {
        return keys.list(caller.ownTenant());
    }

    @DELETE
    @Path("/{id}")
    @Operation(operationId = "revokeKey", summary = "Revoke an API key at once")
    @APIResponse(responseCode = "204", description = "It is gone")
    @APIResponse(responseCode = "404", description = "No such key")
    public void revoke(@PathParam("id") String id) {
        if (!keys.revoke(id, caller.ownTenant())) {
            throw ProblemException.notFound("no key " + id);
        }
    }
}
