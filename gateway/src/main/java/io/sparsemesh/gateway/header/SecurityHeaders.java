package io.sparsemesh.gateway.header;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.MultiMap;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Map;

/// Tells browsers to be strict with every answer, errors and downloads among them: to run nothing
/// of it, to take it for what it says it is, and to keep it from other sites. The dashboard's files
/// have a policy of their own, see `application.properties`.
@ApplicationScoped
class SecurityHeaders {

    private static final Map<String, String> HEADERS =
            Map.of(
                    "Content-Security-Policy",
                    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                    "X-Content-Type-Options",
                    "nosniff",
                    "Referrer-Policy",
                    "no-referrer",
                    "Cross-Origin-Resource-Policy",
                    "same-origin",
                    "Cache-Control",
                    "private, no-cache");

    /// Before what refuses requests by their heads.
    private static final int FIRST = 20_000;

    void register(@Observes Filters filters) {
        filters.register(SecurityHeaders::filter, FIRST);
    }

    private static void filter(RoutingContext request) {
        request.addHeadersEndHandler(_ -> complete(request.response().headers()));
        request.next();
    }

    private static void complete(MultiMap headers) {
        HEADERS.forEach(
                (name, value) -> {
                    if (!headers.contains(name)) {
                        headers.set(name, value);
                    }
                });
    }
}
