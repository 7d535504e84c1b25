package io.sparsemesh.gateway.problem;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;

/// Refuses long addresses before the HTTP layer does, which says nothing.
@ApplicationScoped
class AddressFilter {

    /// Below `quarkus.http.limits.max-initial-line-length`, which answers without a body.
    private static final int LONGEST = 8 << 10;

    /// Before everything else.
    private static final int FIRST = 10_000;

    private final ObjectMapper json;

    AddressFilter(ObjectMapper json) {
        this.json = json;
    }

    void register(@Observes Filters filters) {
        filters.register(this::filter, FIRST);
    }

    private void filter(RoutingContext request) {
        int length = request.request().uri().length();
        if (length > LONGEST) {
            refuse(request, length);
        } else {
            request.next();
        }
    }

    private void refuse(RoutingContext request, int length) {
        String detail =
                "expected an address of at most %d characters, found %d".formatted(LONGEST, length);
        Problem problem = Problem.of(414, Code.REQUEST_TOO_LARGE, detail, List.of());
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
