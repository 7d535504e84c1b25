package io.sparsemesh.gateway.webhook;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.sparsemesh.gateway.access.CurrentCaller;
import io.sparsemesh.gateway.access.Needs;
import io.sparsemesh.gateway.access.Scope;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.ProblemException;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/// Tells an administrator what its tenant's receivers verify signatures with.
@Path("/v1/webhook-secrets")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Needs(Scope.ADMIN)
class WebhookSecretResource {

    private final Secrets secrets;
    private final CurrentCaller caller;

    @Inject
    WebhookSecretResource(WebhookSettings settings, CurrentCaller caller) {
        this.secrets = Secrets.of(settings);
        this.caller = caller;
    }

    /// @param secrets `whsec_<base64>`; each event has a signature of each
    @Schema(name = "WebhookSecrets")
    record WebhookSecrets(List<String> secrets) {}

    @GET
    @Operation(
            operationId = "getWebhookSecrets",
            summary = "The tenant's secrets, with which its receivers verify webhooks")
    @APIResponse(
            responseCode = "200",
            description = "One for each of the gateway's",
            content = @Content(schema = @Schema(implementation = WebhookSecrets.class)))
    @APIResponse(responseCode = "404", description = "The gateway has none and sends no webhooks")
    public Response get() {
        List<String> texts = secrets.of(caller.tenant()).texts();
        if (texts.isEmpty()) {
            throw new ProblemException(
                    404,
                    Code.WEBHOOK_NOT_ALLOWED,
                    "no webhook secret: expected %s to be set on the gateway, found none"
                            .formatted(Secrets.SETTING));
        }
        return Response.ok(new WebhookSecrets(texts))
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .build();
    }
}
