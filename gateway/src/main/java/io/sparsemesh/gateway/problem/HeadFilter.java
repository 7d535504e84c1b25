package io.sparsemesh.gateway.problem;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;

/// Refuses what the layers below answer without a word, long addresses, or with an error of their
/// own, a content type that is none.
@ApplicationScoped
class HeadFilter {

    /// Below `quarkus.http.limits.max-initial-line-length`, which answers without a body.
    private static final int LONGEST = 8 << 10;

    /// Before everything else.
    private static final int FIRST = 10_000;

    private final Refusals refusals;

    HeadFilter(Refusals refusals) {
        this.refusals = refusals;
    }

    void register(@Observes Filters filters) {
        filters.register(this::filter, FIRST);
    }

    private void filter(RoutingContext request) {
        int length = request.request().uri().length();
        String type = request.request().getHeader(HttpHeaders.CONTENT_TYPE);
        if (length > LONGEST) {
            String detail = "expected an address of at most %d characters, found %d";
            refusals.refuse(
                    request, 414, Code.REQUEST_TOO_LARGE, detail.formatted(LONGEST, length));
        } else if (type != null && !isMediaType(type)) {
            String detail = "Content-Type: expected one such as application/json, found '%s'";
            refusals.refuse(request, 415, Code.UNSUPPORTED_MEDIA_TYPE, detail.formatted(type));
        } else {
            request.next();
        }
    }

    private static boolean isMediaType(String text) {
        try {
            MediaType.valueOf(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
