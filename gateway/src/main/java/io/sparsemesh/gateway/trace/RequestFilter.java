package io.sparsemesh.gateway.trace;

import io.sparsemesh.tracing.Step;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ResourceInfo;
import java.lang.reflect.AnnotatedElement;
import java.util.Optional;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;

/// Makes a step of each request that may change something. Those that only read, the streams among
/// them, lead to nothing in other services.
final class RequestFilter {

    private static final int FIRST = 0;
    private static final int SERVER_ERROR = 500;

    private final RequestTraces traces;

    RequestFilter(RequestTraces traces) {
        this.traces = traces;
    }

    @ServerRequestFilter(priority = FIRST)
    void begin(ContainerRequestContext request, ResourceInfo resource) {
        if (!traces.areWanted() || !request.getMethod().equals(HttpMethod.POST)) {
            return;
        }
        String route = path(resource.getResourceClass()) + path(resource.getResourceMethod());
        String parent = Optional.ofNullable(request.getHeaderString("traceparent")).orElse("");
        traces.begin(request.getMethod() + " " + route, parent)
                .with("http.request.method", request.getMethod())
                .with("http.route", route);
    }

    private static String path(AnnotatedElement element) {
        Path path = element.getAnnotation(Path.class);
        return path == null ? "" : path.value();
    }

    @ServerResponseFilter
    void end(ContainerRequestContext request, ContainerResponseContext response) {
        if (!traces.areWanted()) {
            return;
        }
        try (Step step = traces.step()) {
            step.with("http.response.status_code", response.getStatus());
            if (response.getStatus() >= SERVER_ERROR) {
                step.fail("status " + response.getStatus());
            }
        }
    }
}
