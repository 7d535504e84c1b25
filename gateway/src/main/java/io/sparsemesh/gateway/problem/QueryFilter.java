package io.sparsemesh.gateway.problem;

import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.UriInfo;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.List;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/// Refuses query parameters that a call does not have: with `validateonly` a plan would become a
/// job.
final class QueryFilter {

    /// A method that takes the address reads the parameters itself.
    @ServerRequestFilter
    void requireKnown(UriInfo uri, ResourceInfo resource) {
        Method method = resource.getResourceMethod();
        if (uri.getQueryParameters().isEmpty() || takes(method, UriInfo.class)) {
            return;
        }
        List<String> known = names(method);
        for (String name : uri.getQueryParameters().keySet()) {
            if (!known.contains(name)) {
                throw ProblemException.parameter(
                        name,
                        known.isEmpty()
                                ? "unknown, this call has no parameters"
                                : "unknown, expected one of " + known);
            }
        }
    }

    private static boolean takes(Method method, Class<?> type) {
        return List.of(method.getParameterTypes()).contains(type);
    }

    private static List<String> names(Method method) {
        return Arrays.stream(method.getParameters())
                .filter(parameter -> parameter.isAnnotationPresent(QueryParam.class))
                .map(QueryFilter::name)
                .toList();
    }

    private static String name(Parameter parameter) {
        return parameter.getAnnotation(QueryParam.class).value();
    }
}
