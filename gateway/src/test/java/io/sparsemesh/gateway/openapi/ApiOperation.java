package io.sparsemesh.gateway.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// One operation of the API's document.
///
/// @param body schema of the body in JSON, if it takes one
/// @param responses by status, or `default`
record ApiOperation(
        String method,
        String path,
        List<Parameter> parameters,
        Optional<DocumentSchema> body,
        JsonNode responses) {

    /// @param in `path`, `query` or `header`
    record Parameter(String name, String in) {}

    static List<ApiOperation> all(JsonNode document) {
        List<ApiOperation> operations = new ArrayList<>();
        for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
            for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                operations.add(of(path.getKey(), operation.getKey(), operation.getValue()));
            }
        }
        return operations;
    }

    private static ApiOperation of(String path, String method, JsonNode operation) {
        List<Parameter> parameters = new ArrayList<>();
        for (JsonNode parameter : operation.path("parameters")) {
            parameters.add(
                    new Parameter(parameter.get("name").asText(), parameter.get("in").asText()));
        }
        JsonNode body = operation.at("/requestBody/content/application~1json/schema");
        return new ApiOperation(
                method.toUpperCase(Locale.ROOT),
                path,
                parameters,
                schema(body),
                operation.path("responses"));
    }

    boolean answers(int status) {
        return responses.has(Integer.toString(status));
    }

    /// Schema of the answer with that status and type, if it has one.
    Optional<DocumentSchema> answer(int status, String type) {
        JsonNode response = responses.path(Integer.toString(status));
        JsonNode listed = response.isMissingNode() ? responses.path("default") : response;
        JsonNode schema = listed.path("content").path(type).path("schema");
        return schema(schema);
    }

    private static Optional<DocumentSchema> schema(JsonNode node) {
        return node.isMissingNode() ? Optional.empty() : Optional.of(DocumentSchema.of(node));
    }
}
