package io.sparsemesh.gateway.access;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Refusals;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.InetAddress;
import java.net.URI;

/// Keeps the pages of other sites away from a gateway without authentication. It listens on
/// loopback alone, but the user's browser does reach that: under the name of a site that has been
/// made to mean this machine, or with requests that a page of it sends.
@ApplicationScoped
class LocalCallers {

    /// After what refuses broken heads, before everything that answers.
    private static final int EARLY = 9_000;

    private final AccessSettings settings;
    private final Refusals refusals;

    LocalCallers(AccessSettings settings, Refusals refusals) {
        this.settings = settings;
        this.refusals = refusals;
    }

    void register(@Observes Filters filters) {
        if (!settings.enabled()) {
            filters.register(this::filter, EARLY);
        }
    }

    private void filter(RoutingContext context) {
        HttpServerRequest request = context.request();
        HostAndPort host = request.authority();
        String origin = request.getHeader("Origin");
        if (host != null && !isLocal(host.host())) {
            refuse(context, "Host", host.host());
        } else if (origin != null && !isLocal(hostOf(origin))) {
            refuse(context, "Origin", origin);
        } else {
            context.next();
        }
    }

    private void refuse(RoutingContext context, String header, String found) {
        refusals.refuse(
                context,
                403,
                Code.FORBIDDEN,
                "%s: expected localhost or a loopback address, since SPARSEMESH_AUTH=off, found '%s'"
                        .formatted(header, found));
    }

    /// @return empty if it has none, as the origin `null`
    private static String hostOf(String origin) {
        try {
            String host = URI.create(origin).getHost();
            return host == null ? "" : host;
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    /// Without asking any name server.
    private static boolean isLocal(String host) {
        if (host.equalsIgnoreCase("localhost")) {
            return true;
        }
        try {
            return InetAddress.ofLiteral(host.replaceAll("^\\[|]$", "")).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
