package io.sparsemesh.gateway.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.sparsemesh.gateway.RawHttp;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// What came back from an operation, held to the document.
record Exchange(ApiOperation operation, RawHttp.Request request, RawHttp.Answer answer) {

    /// Of the address in a first line of 16 KiB.
    private static final int LONGEST_ADDRESS = 16_384 - " HTTP/1.1".length();

    /// What is wrong with the answer, if anything is.
    Optional<String> fault() {
        int status = answer.status();
        OptionalInt refusal = refusalOfTheHttpLayer();
        if (status >= 500) {
            return Optional.of("an error of the gateway, " + status);
        }
        if (refusal.isPresent()) {
            return status == refusal.getAsInt()
                    ? Optional.empty()
                    : Optional.of("expected %d, found %d".formatted(refusal.getAsInt(), status));
        }
        if (status < 400 ? !isListed() : !isProblem()) {
            return Optional.of("not in the document, %d %s".formatted(status, answer.headers()));
        }
        List<String> mismatches = mismatches();
        return mismatches.isEmpty()
                ? Optional.empty()
                : Optional.of("not as the schema says, " + mismatches);
    }

    /// What it refuses has no body; docs/api.md says so.
    private OptionalInt refusalOfTheHttpLayer() {
        if (request.method().length() + 1 + request.target().length() > LONGEST_ADDRESS) {
            return OptionalInt.of(414);
        }
        return request.target().contains(Fuzzer.NO_URI) ? OptionalInt.of(400) : OptionalInt.empty();
    }

    /// Every path answers OPTIONS, and one that knows GET answers HEAD.
    private boolean isListed() {
        return switch (request.method()) {
            case "OPTIONS" -> true;
            case "HEAD" -> answer.status() == 200 || answer.status() == 304;
            default -> operation.answers(answer.status()) && isAsked();
        };
    }

    private boolean isAsked() {
        return request.method().equals(operation.method());
    }

    private boolean isProblem() {
        JsonNode body = json();
        boolean typed = answer.contentType().startsWith("application/problem+json");
        boolean same = body.path("status").asInt() == answer.status() && body.hasNonNull("code");
        return typed && (same || request.method().equals("HEAD"));
    }

    private List<String> mismatches() {
        String type = answer.contentType().replaceFirst(";.*", "");
        boolean isJson = type.endsWith("json") && answer.body().length > 0;
        Optional<DocumentSchema> schema = operation.answer(answer.status(), type);
        return isJson && isAsked() && schema.isPresent()
                ? Mismatches.of(json(), schema.get())
                : List.of();
    }

    private JsonNode json() {
        try {
            return StoredDocument.JSON.readTree(answer.body());
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }
}
