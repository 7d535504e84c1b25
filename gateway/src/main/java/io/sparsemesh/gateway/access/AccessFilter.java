package io.sparsemesh.gateway.access;

import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.ProblemException;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.HttpHeaders;
import java.util.Optional;
import java.util.Set;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/// Lets in who may make a call: known, and with the scope that it needs. Runs on the thread of the
/// call, a virtual one, so it may wait for the database.
final class AccessFilter {

    private static final Set<String> READING =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    private final Authenticator authenticator;
    private final CurrentCaller current;

    AccessFilter(Authenticator authenticator, CurrentCaller current) {
        this.authenticator = authenticator;
        this.current = current;
    }

    @ServerRequestFilter(priority = Priorities.AUTHENTICATION)
    void admit(ContainerRequestContext request, ResourceInfo resource) {
        Optional<String> authorization =
                Optional.ofNullable(request.getHeaderString(HttpHeaders.AUTHORIZATION));
        Caller caller = authenticator.authenticate(authorization);
        if (caller instanceof Caller.Member member) {
            require(member, scope(request.getMethod(), resource.getResourceClass()));
        }
        current.set(caller);
    }

    private static Scope scope(String method, Class<?> resource) {
        Needs needs = resource.getAnnotation(Needs.class);
        if (needs != null) {
            return needs.value();
        }
        return READING.contains(method) ? Scope.READ : Scope.WRITE;
    }

    private static void require(Caller.Member member, Scope scope) {
        if (!member.scopes().contains(scope)) {
            throw new ProblemException(
                    403,
                    Code.FORBIDDEN,
                    "this call needs the scope %s, %s has %s"
                            .formatted(
                                    scope.text(),
                                    member.name(),
                                    member.scopes().stream().map(Scope::text).sorted().toList()));
        }
    }
}
