package io.sparsemesh.deploy.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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

    /// @param pointer JSON pointer into the request; empty where the whole is meant
    public record FieldError(String pointer, String code, String detail) {}

    static Problem of(int status, JsonNode body) {
        List<FieldError> errors = new ArrayList<>();
        for (JsonNode error : body.path("errors")) {
            errors.add(
                    new FieldError(
                            error.path("pointer").asText(""),
                            error.path("code").asText(""),
                            error.path("detail").asText("")));
        }
        String title = body.path("title").asText("HTTP status " + status);
        return new Problem(
                status, body.path("code").asText(""), body.path("detail").asText(title), errors);
    }

    /// The tree of an answer. One that is not JSON, such as a proxy's page, becomes the detail of a
    /// problem.
    static JsonNode body(byte[] bytes) throws IOException {
        String text = new String(bytes, StandardCharsets.UTF_8);
        try {
            return text.isBlank() ? Gateway.JSON.createObjectNode() : Gateway.JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return Gateway.JSON
                    .createObjectNode()
                    .put("detail", "the answer is not JSON; is this a Sparsemesh gateway?");
        }
    }

    /// Readable lines: what was refused, and each field's error; of one that the detail says
    /// already, its place.
    public String text() {
        StringBuilder text = new StringBuilder("refused (").append(status);
        if (!code.isEmpty()) {
            text.append(' ').append(code);
        }
        text.append("): ").append(detail);
        for (FieldError error : errors) {
            if (!detail.endsWith(error.detail())) {
                text.append("\n  ").append(error.pointer()).append(": ").append(error.detail());
            } else if (!error.pointer().isEmpty()) {
                text.append("\n  in ").append(error.pointer());
            }
        }
        return text.toString();
    }

    /// What to do about it.
    public String next() {
        if (status == 404 && has("webhook-not-allowed")) {
            return "set it where the gateway starts: docs/operations.md, Webhooks, says how";
        }
        return has("path-outside-roots")
                ? "move it under one of those folders, or start `./sparsemesh dev` with --root for"
                        + " its own"
                : nextByStatus();
    }

    private boolean has(String wanted) {
        return code.equals(wanted) || errors.stream().anyMatch(e -> e.code().equals(wanted));
    }

    private String nextByStatus() {
        return switch (status) {
            case 401 -> "set SPARSEMESH_TOKEN to a token that this gateway knows";
            case 403 -> "set SPARSEMESH_TOKEN to a token that may do this";
            case 404 -> "`./sparsemesh list` shows the jobs there are";
            case 409 -> "`./sparsemesh get ID` shows the job's state";
            case 429, 503 -> "try again in a moment";
            default ->
                    status < 500
                            ? "correct this and send it again"
                            : "look into the gateway's log, `dev` prints where it is";
        };
    }
}
