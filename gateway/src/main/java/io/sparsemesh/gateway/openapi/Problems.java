package io.sparsemesh.gateway.openapi;

import io.quarkus.smallrye.openapi.OpenApiFilter;
import io.sparsemesh.gateway.problem.Problem;
import java.util.Map;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.media.Content;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;

/// Says of each operation in the API's document that its refusals are a [Problem].
@OpenApiFilter(OpenApiFilter.RunStage.BUILD)
public final class Problems implements OASFilter {

    @Override
    public Operation filterOperation(Operation operation) {
        APIResponses responses = operation.getResponses();
        responses.addAPIResponse("401", described("Nobody known sends it"));
        responses.addAPIResponse("403", described("Its sender may not"));
        responses.addAPIResponse("429", described("A quota is used up; Retry-After"));
        for (Map.Entry<String, APIResponse> response : responses.getAPIResponses().entrySet()) {
            if (response.getKey().startsWith("4")) {
                response.getValue().setContent(problem());
            }
        }
        responses.addAPIResponse(
                "default",
                OASFactory.createAPIResponse()
                        .description("Any other refusal, or an error of the gateway")
                        .content(problem()));
        return operation;
    }

    private static APIResponse described(String description) {
        return OASFactory.createAPIResponse().description(description);
    }

    private static Content problem() {
        return OASFactory.createContent()
                .addMediaType(
                        Problem.MEDIA_TYPE,
                        OASFactory.createMediaType()
                                .schema(
                                        OASFactory.createSchema()
                                                .ref("#/components/schemas/Problem")));
    }
}
