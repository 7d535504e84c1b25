package io.sparsemesh.deploy.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/// Why the gateway refused a request, as its `application/problem+json` says (RFC 9457).
///
/// @param status HTTP status
/// @param code the gateway's code, empty if the answer was no problem document
/// @param detail for people
/// @param errors what is wrong with which field; often empty
public record Problem(int status, String code, String detail, List<FieldError> errors) {

    public Problem {
        errors = List.copyOf(errors);
    }

    /// @param pointer JSON pointer into the request
    public record FieldError(String pointer, String detail) {}

    static Problem of(int status, JsonNode body) {
        List<FieldError> errors = new ArrayList<>();
        for (JsonNode error : body.path("errors")) {
            errors.add(
                    new FieldError(
                            error.path("pointer").asText(""), error.path("detail").asText("")));
        }
        String title = body.path("title").asText("HTTP status " + status);
        return new Problem(
                status, body.path("code").asText(""), body.path("detail").asText(title), errors);
    }

    /// Readable lines: what was refused, each field's error, and what to do next.
    public String text() {
        StringBuilder text = new StringBuilder("refused (").append(status);
        if (!code.isEmpty()) {
            text.append(' ').append(code);
        }
        text.append("): ").append(detail).append('\n');
        for (FieldError error : errors) {
            text.append("  ").append(error.pointer()).append(": ").append(error.detail());
            text.append('\n');
        }
        return text.append("next: ").append(next()).append('\n').toString();
    }

    private String next() {
        return switch (status) {
            case 401, 403 -> "set SPARSEMESH_TOKEN to a token that may do this";
            case 404 -> "`sparsemesh list` shows the jobs there are";
            case 409 -> "`sparsemesh get ID` shows the job's state";
            case 429, 503 -> "try again in a moment";
            default ->
                    status < 500
                            ? "correct this and send it again"
                            : "look into the gateway's log, `dev` prints where it is";
        };
    }
}
