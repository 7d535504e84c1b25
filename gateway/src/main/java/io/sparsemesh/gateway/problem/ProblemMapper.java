package io.sparsemesh.gateway.problem;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/// Turns every exception of a request into a problem document.
final class ProblemMapper {

    private static final Logger LOG = Logger.getLogger(ProblemMapper.class);

    @ServerExceptionMapper
    Response refused(ProblemException e) {
        Response.ResponseBuilder answer = answer(e.problem());
        e.retryAfter().ifPresent(t -> answer.header(HttpHeaders.RETRY_AFTER, t.toSeconds()));
        return answer.build();
    }

    /// What the HTTP layer refuses by itself: unknown paths, methods and media types.
    @ServerExceptionMapper
    Response refused(WebApplicationException e) {
        Response cause = e.getResponse();
        int status = cause.getStatus();
        if (status < 400) {
            return cause;
        }
        String code =
                switch (status) {
                    case 404 -> Code.NOT_FOUND;
                    case 405 -> Code.METHOD_NOT_ALLOWED;
                    case 406 -> "not-acceptable";
                    case 413 -> Code.REQUEST_TOO_LARGE;
                    case 415 -> Code.UNSUPPORTED_MEDIA_TYPE;
                    default -> status < 500 ? Code.INVALID_REQUEST : "internal";
                };
        Response.ResponseBuilder answer =
                answer(Problem.of(status, code, detail(status, e), List.of()));
        Object allow = cause.getHeaders().getFirst(HttpHeaders.ALLOW);
        return (allow == null ? answer : answer.header(HttpHeaders.ALLOW, allow)).build();
    }

    private static String detail(int status, WebApplicationException e) {
        return switch (status) {
            case 404 -> "nothing lives at this path";
            case 405 -> "this path does not know this method";
            case 406 -> "this path has no representation of the types in Accept";
            case 415 -> "expected a body of type application/json";
            default -> String.valueOf(e.getMessage());
        };
    }

    @ServerExceptionMapper
    Response failed(RuntimeException e) {
        if (DatabaseOutage.caused(e)) {
            LOG.warnf("request refused, the database does not answer: %s", e.getMessage());
            return answer(Problem.of(503, Code.UNAVAILABLE, DatabaseOutage.DETAIL, List.of()))
                    .header(HttpHeaders.RETRY_AFTER, DatabaseOutage.RETRY_AFTER_SECONDS)
                    .build();
        }
        String incident = UUID.randomUUID().toString();
        LOG.errorf(e, "request failed incident=%s", incident);
        String detail = "an error of the gateway; its log has it as incident " + incident;
        return answer(Problem.of(500, "internal", detail, List.of())).build();
    }

    private static Response.ResponseBuilder answer(Problem problem) {
        Response.ResponseBuilder answer =
                Response.status(problem.status()).type(Problem.MEDIA_TYPE).entity(problem);
        return problem.status() == 401
                ? answer.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"sparsemesh\"")
                : answer;
    }
}
