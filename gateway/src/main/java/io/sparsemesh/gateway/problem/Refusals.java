package io.sparsemesh.gateway.problem;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/// Answers with a problem before a request has come to a resource.
@ApplicationScoped
public class Refusals {

    private final ObjectMapper json;

    Refusals(ObjectMapper json) {
        this.json = json;
    }

    /// Ends the answer.
    ///
    /// @param code of [Code]
    public void refuse(RoutingContext request, int status, String code, String detail) {
        Problem problem = Problem.of(status, code, detail, List.of());
        try {
            request.response()
                    .setStatusCode(problem.status())
                    .putHeader("Content-Type", Problem.MEDIA_TYPE)
                    .end(json.writeValueAsString(problem));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a problem is a record of texts", e);
        }
    }
}
